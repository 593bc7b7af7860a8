import type {ErrorCode} from '../errors.ts';
import type {InstanceActivity, InstanceLimits} from '../finops/limits.ts';
import type {EpochMs} from '../time.ts';
import type {InstanceState} from './state.ts';

export type ProviderName = 'scaleway' | 'mock' | 'host';
export type VllmMode = 'mono' | 'multi';
export type WorkerRuntime = 'docker' | 'native';
export type OnFailure = 'keep' | 'terminate';

/** What was asked for; written once when the instance is requested, except where `reinstall` or a move replaces it. */
export interface InstanceSpec {
  readonly modelHfId: string;
  readonly servedModelName: string;
  readonly task: 'generate' | 'embed';
  readonly maxModelLen: number | null;
  readonly mode: VllmMode;
  readonly runtime: WorkerRuntime;
  readonly diskGb: number;
  /** Container image with tag; null with the native runtime. */
  readonly image: string | null;
  /** Arguments of `vllm serve`, model first. */
  readonly engineArgs: readonly string[];
  /** Native runtime: the command that takes the place of `vllm` (argv, no shell). */
  readonly engineCommand: readonly string[] | null;
  readonly openPorts: readonly number[];
  readonly sourceRanges: readonly string[];
  readonly onFailure: OnFailure;
  /** How long a failed start is kept for diagnosis before it is terminated. */
  readonly keepFailedMs: number;
  /** Longest time from `starting` to `ready` without any advance. */
  readonly readyDeadlineMs: number;
  /** Absent: a lack of room ends the start. */
  readonly failover?: Failover;
}

/** A type the instance may be made of, the zones in order of preference, and what of the request depends on the type. */
export interface Placement
  extends Pick<InstanceSpec, 'diskGb' | 'mode' | 'maxModelLen' | 'image' | 'engineArgs' | 'readyDeadlineMs'> {
  readonly instanceType: string;
  readonly zones: readonly string[];
  readonly gpuCount: number;
  readonly pricePerHourNanos: number;
}

/** Where else to start when the provider has no room, decided when the instance was requested. Best first. */
export interface Failover {
  readonly placements: readonly Placement[];
  /** How long after the request a place without room is asked again. 0: each place is asked once. */
  readonly waitCapacityMs: number;
}

/** Where the worker is reached. URLs without trailing slash and without the `/v1` path. */
export interface WorkerEndpoint {
  readonly openaiUrl: string;
  readonly agentUrl: string;
  /** SHA-256 of the worker's certificate, hex; null when the transport is plain (mock on loopback). */
  readonly tlsFingerprint: string | null;
}

export interface InstanceFailure {
  /** The cause as finely as it is known: a diagnosis (`HF_GATED`), else the code of the catalogue. */
  readonly code: string;
  /** Its place in the error catalogue, which decides the exit status. */
  readonly errorCode: ErrorCode;
  readonly message: string;
  readonly hint: string | null;
  /** Lines of a log that show it, redacted. */
  readonly evidenceLines?: readonly string[];
  readonly atMs: EpochMs;
}

export interface Lease {
  readonly owner: string;
  readonly expiresAtMs: EpochMs;
}

export interface Instance {
  readonly id: string;
  readonly organizationId: string;
  readonly name: string;
  readonly provider: ProviderName;
  readonly zone: string;
  readonly instanceType: string;
  readonly gpuCount: number;
  readonly spec: InstanceSpec;
  readonly state: InstanceState;
  readonly stateReason: string | null;
  readonly stateSinceMs: EpochMs;
  readonly failure: InstanceFailure | null;
  readonly endpoint: WorkerEndpoint | null;
  /** The per-instance worker key, sealed with the installation's key; opened only by those who call the worker. */
  readonly workerKeySealed: string;
  readonly agentVersion: string | null;
  readonly agentSha256: string | null;
  readonly lease: Lease | null;
  /** Server, disk and IP together, nano-EUR per hour. */
  readonly pricePerHourNanos: number;
  /** After which it ends by itself; null when it has none. */
  readonly limits: InstanceLimits | null;
  /** When it last had requests, kept for the idle timeout; null where nobody looked. */
  readonly activity: InstanceActivity | null;
  readonly correlationId: string;
  readonly createdAtMs: EpochMs;
  /** When the provider began to charge (power-on), and when it stopped (confirmed gone). */
  readonly billedFromMs: EpochMs | null;
  readonly billedUntilMs: EpochMs | null;
  /** Paid at places that it left for another one, nano-EUR. */
  readonly spentBeforeNanos: number;
  readonly readyAtMs: EpochMs | null;
  readonly terminatedAtMs: EpochMs | null;
  readonly archivedAtMs: EpochMs | null;
  /** Last successful probe or heartbeat. */
  readonly lastSeenAtMs: EpochMs | null;
  readonly consecutiveFailures: number;
  /** Since when, and why, health checks and recovery leave it alone; null: they do not. */
  readonly breaker: {readonly openedAtMs: EpochMs; readonly reason: string} | null;
}

/** One row of `instance_state_history`. */
export interface StateChange {
  readonly instanceId: string;
  readonly from: InstanceState | null;
  readonly to: InstanceState;
  readonly reason: string;
  readonly atMs: EpochMs;
  readonly correlationId: string;
}
