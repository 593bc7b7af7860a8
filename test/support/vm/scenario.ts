/** One GPU as `nvidia-smi` tells of it. */
export interface VmGpu {
  readonly name: string;
  readonly memoryMib: number;
  /** As NVIDIA writes it: `8.9`. */
  readonly computeCapability: string;
}

export type PullFault = 'missing' | 'denied' | 'disk-full' | 'rate-limit' | 'network';

/** What the stand-ins of a machine do; read anew at each of their calls, so a test may change it at any time. */
export interface VmScenario {
  readonly gpus: readonly VmGpu[];
  readonly driverVersion: string;
  readonly nvidiaSmi: 'present' | 'absent' | 'driver-failed';
  /** Decided when the machine is made. */
  readonly docker: 'present' | 'absent';
  /** Whether Docker has the NVIDIA runtime. */
  readonly toolkit: boolean;
  /** Where haproxy is absent, `apt-get install` brings it. */
  readonly haproxy: 'present' | 'absent';
  /** `broken`: the package server does not answer. */
  readonly packages: 'present' | 'broken';
  readonly pull: {
    readonly durationMs: number;
    readonly layers: number;
    readonly layerBytes: number;
    readonly fault: PullFault | null;
  };
  readonly engine: {
    /** Further arguments of every fake vLLM: `--startup-ms 2000`, `--fail GPU_OOM_LOAD`; they win. */
    readonly args: readonly string[];
    /** The same for one container, by its name. */
    readonly argsOf: Readonly<Record<string, readonly string[]>>;
  };
}

export const nvidiaL4: VmGpu = {name: 'NVIDIA L4', memoryMib: 23_034, computeCapability: '8.9'};

export const usualScenario: VmScenario = {
  gpus: [nvidiaL4],
  driverVersion: '580.95.05',
  nvidiaSmi: 'present',
  docker: 'present',
  toolkit: true,
  haproxy: 'present',
  packages: 'present',
  pull: {durationMs: 150, layers: 4, layerBytes: 2_000_000_000, fault: null},
  engine: {args: [], argsOf: {}},
};

/** Where the programs of the machine find what belongs to its maker: the scenario, and the log of their calls. */
export const hostShare = '/usr/lib/inventiv-vm';
export const scenarioPath = `${hostShare}/share/scenario.json`;
export const callsPath = `${hostShare}/share/calls.jsonl`;
/** Programs that only some machines have, kept aside while this one has not. */
export const asidePath = `${hostShare}/aside`;

/** One call of a stand-in. */
export interface VmCall {
  readonly program: string;
  readonly argv: readonly string[];
  readonly atMs: number;
}
