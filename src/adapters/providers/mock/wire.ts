/**
 * What travels over the mock cloud's socket: JSON objects, lists as `{items, totalCount}` one page at a time, sizes in
 * bytes, times as epoch milliseconds of the cloud's own clock. Both sides import these types and nothing else of each other.
 */
export type CloudServerState = 'stopped' | 'starting' | 'running' | 'stopping' | 'terminating';

export interface CloudServer {
  readonly id: string;
  readonly name: string;
  readonly zone: string;
  readonly instanceType: string;
  readonly state: CloudServerState;
  readonly tags: readonly string[];
  readonly volumes: readonly {readonly id: string; readonly volumeType: string; readonly boot: boolean}[];
  /** Null until the running server has been given its dynamic address. */
  readonly address: {readonly host: string; readonly openaiPort: number; readonly agentPort: number} | null;
  readonly ipIds: readonly string[];
  readonly securityGroupId: string | null;
  readonly createdAtMs: number;
}

export type CloudVolumeStatus = 'available' | 'in_use' | 'updating';

export interface CloudVolume {
  readonly id: string;
  readonly name: string;
  readonly zone: string;
  readonly volumeType: string;
  readonly status: CloudVolumeStatus;
  readonly sizeBytes: number;
  readonly iops: number;
  /** Still set while the volume is being detached from a server that has ended. */
  readonly serverId: string | null;
  readonly tags: readonly string[];
  readonly createdAtMs: number;
}

export interface CloudIp {
  readonly id: string;
  readonly zone: string;
  readonly address: string;
  readonly serverId: string | null;
  readonly tags: readonly string[];
}

export interface CloudSecurityGroup {
  readonly id: string;
  readonly name: string;
  readonly zone: string;
  readonly tags: readonly string[];
  readonly openPorts: readonly number[];
  readonly sourceRanges: readonly string[];
}

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly totalCount: number;
}

export interface CloudZoneCatalog {
  /** Types sold in this zone, by name. */
  readonly offers: readonly {readonly instanceType: string; readonly stock: 'available' | 'scarce' | 'shortage'}[];
}

export type QuotaName = 'servers' | 'gpus' | 'ips' | 'volumeGb';
export interface CloudQuota {
  /** Absent = unlimited. */
  readonly limits: Partial<Record<QuotaName, number>>;
  readonly used: Record<QuotaName, number>;
}

export type CloudErrorType =
  | 'not_found'
  | 'invalid_arguments'
  | 'precondition_failed'
  | 'denied_authentication'
  | 'permissions_denied'
  | 'quotas_exceeded'
  | 'out_of_stock'
  | 'too_many_requests'
  | 'server_error';

export interface CloudErrorBody {
  readonly type: CloudErrorType;
  readonly message: string;
  /** Kind of thing that is missing, used up or out of stock: `server`, `volume`, `gpus`, `MOCK-L4-1-24G`. */
  readonly resource?: string;
  /** Why a precondition failed: `resource_not_usable`, `resource_still_in_use`. */
  readonly precondition?: string;
}

/** One line of an exec answer: what was printed, some lines at a time, then exactly one exit status. */
export type ExecMessage =
  | {readonly lines: readonly string[]}
  | {readonly exitCode: number; readonly durationMs: number};

export interface CloudInventory {
  readonly nowMs: number;
  /** The daemon's own process. */
  readonly daemonPid: number;
  readonly profile: ProfileName;
  /** What exists and is paid for, all zones. */
  readonly servers: readonly (CloudServer & {readonly billed: boolean; readonly processIds: readonly number[]})[];
  readonly volumes: readonly CloudVolume[];
  readonly ips: readonly CloudIp[];
  readonly securityGroups: readonly CloudSecurityGroup[];
  readonly faults: readonly (FaultSpec & {readonly id: string; readonly seen: number; readonly fired: number})[];
}

export const profileNames = ['fast', 'realistic', 'flaky'] as const;
export type ProfileName = (typeof profileNames)[number];

/** Every call of the cloud that can be delayed, counted or made to fail. */
export const callNames = [
  'readCatalog',
  'readQuota',
  'createServer',
  'readServer',
  'listServers',
  'updateServer',
  'powerOn',
  'powerOff',
  'terminate',
  'deleteServer',
  'createVolume',
  'readVolume',
  'listVolumes',
  'updateVolume',
  'deleteVolume',
  'createIp',
  'readIp',
  'listIps',
  'deleteIp',
  'createSecurityGroup',
  'readSecurityGroup',
  'listSecurityGroups',
  'updateSecurityGroup',
  'deleteSecurityGroup',
  'probeSsh',
  'exec',
  'writeFile',
] as const;
export type CallName = (typeof callNames)[number];

/** How long things take; a pair is a range from which the seed draws. */
export const latencyNames = ['answer', 'boot', 'ip', 'ssh', 'stop', 'terminate', 'detach', 'resize'] as const;
export type LatencyName = (typeof latencyNames)[number];
export type LatencyRangeMs = readonly [number, number];

export const faultKinds = [
  'error',
  'did-but-500',
  'timeout',
  'reset',
  'did-but-reset',
  'rate-limit',
  'auth',
  'forbidden',
  'no_capacity',
  'quota',
  'vanish',
  'power-lost',
  'stuck-resize',
  'slow-resize',
  'slow-detach',
  'slow-boot',
  'late-ip',
  'late-ssh',
  'refuse-delete',
] as const;
export type FaultKind = (typeof faultKinds)[number];

export interface FaultSpec {
  readonly call: CallName | '*';
  readonly kind: FaultKind;
  /** The first matching call that fails, counted from 1 (default 1). */
  readonly nth?: number;
  /** How many matching calls in a row fail from there (default 1). */
  readonly times?: number | 'always';
  /** Only calls in this zone, for this type, or about the thing of this name. */
  readonly zone?: string;
  readonly instanceType?: string;
  readonly name?: string;
  /** For `error`: the HTTP status (default 500). */
  readonly status?: number;
  readonly message?: string;
  /** For the slow and late kinds: how much longer (default 60 s). */
  readonly delayMs?: number;
}

/** A scenario after validation: what a cloud of a profile does differently. */
export interface Scenario {
  readonly seed?: number;
  readonly latenciesMs?: Partial<Record<LatencyName, LatencyRangeMs>>;
  /** Machines per zone and type; a type that is not named is limited by `capacityDefault`. */
  readonly capacity?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly capacityDefault?: number;
  readonly quota?: Partial<Record<QuotaName, number>>;
  readonly pageSize?: number;
  readonly faults?: readonly FaultSpec[];
  /** Arguments for the engine; written to `etc/engine-args` (one a line) on every new server. */
  readonly engineArgs?: readonly string[];
}

export interface CloudConfig {
  readonly profile?: ProfileName;
  readonly scenario?: Scenario;
}

export const correlationHeader = 'x-correlation-id';
/** TCP ports are given to servers on this address only. */
export const cloudHost = '127.0.0.1';
