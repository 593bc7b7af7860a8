import type {EpochMs} from '../time.ts';

/** The one zone of the host provider: each host is a type of its own, named like it. */
export const hostZone = 'host';

/** A machine that somebody has and lets us use: bare metal, on-prem, a shared box. */
export interface Host {
  readonly id: string;
  readonly organizationId: string;
  readonly name: string;
  readonly user: string;
  readonly address: string;
  readonly port: number;
  /** Where the worker's front listens on it. */
  readonly openaiPort: number;
  readonly agentPort: number;
  readonly facts: HostFacts;
  readonly createdAtMs: EpochMs;
  readonly checkedAtMs: EpochMs;
}

/** What was found on it at the last look. */
export interface HostFacts {
  readonly os: string;
  readonly cpus: number;
  readonly ramGib: number;
  readonly diskFreeGb: number;
  readonly gpus: readonly HostGpu[];
  /** Null without a working `nvidia-smi`. */
  readonly driverVersion: string | null;
  /** Why no GPU was found; null where one was. */
  readonly gpuProblem: string | null;
  readonly python: string | null;
  readonly hasDocker: boolean;
  readonly hasSystemd: boolean;
  /** Id of the instance whose worker is installed there, whoever put it there. */
  readonly installedInstanceId: string | null;
}

export interface HostGpu {
  readonly name: string;
  readonly memoryMib: number;
  /** 0 where the driver does not tell it. */
  readonly computeCapability: number;
}

/** An instance has a host from here to its release. */
export interface HostClaim {
  readonly id: string;
  readonly hostId: string;
  /** Of the server resource; carries the instance's id. */
  readonly name: string;
  readonly tags: readonly string[];
  readonly securityGroup: string;
  readonly isPoweredOn: boolean;
}
