import type {CloudSecurityGroup, CloudServerState, FaultSpec, ProfileName, Scenario} from '../wire.ts';

/** Everything the cloud knows. Times are its own clock's; what is due is worked out by `settle`, never by a running timer. */
export interface CloudState {
  readonly version: 1;
  /** Added to the machine's clock; moved by `/control/advance`. */
  clockOffsetMs: number;
  profile: ProfileName;
  scenario: Scenario;
  /** Random numbers drawn so far: with the seed, the place in the sequence. */
  draws: number;
  callCount: number;
  servers: Record<string, ServerRecord>;
  volumes: Record<string, VolumeRecord>;
  ips: Record<string, IpRecord>;
  securityGroups: Record<string, CloudSecurityGroup>;
  faults: FaultRecord[];
}

export interface ServerRecord {
  readonly id: string;
  readonly name: string;
  readonly zone: string;
  readonly instanceType: string;
  readonly createdAtMs: number;
  readonly openaiPort: number;
  readonly agentPort: number;
  tags: readonly string[];
  securityGroupId: string | null;
  state: CloudServerState;
  /** The state it is moving to, and when it gets there. */
  next: {readonly to: 'running' | 'stopped' | 'gone'; readonly atMs: number} | null;
  /** Set at power-on: when the address shows, when a login is answered. */
  ipAtMs: number | null;
  sshAtMs: number | null;
  billedFromMs: number | null;
  /** Deleted behind the user's back: no longer answered for, but its processes may still have to be ended. */
  vanished: boolean;
  /** While it ends: nothing that was started in it is left. */
  processesEnded: boolean;
  /** From faults that strike later than the call that carries them. */
  detachDelayMs: number;
}

export interface VolumeRecord {
  readonly id: string;
  readonly zone: string;
  readonly createdAtMs: number;
  readonly boot: boolean;
  readonly volumeType: string;
  readonly iops: number;
  name: string;
  tags: readonly string[];
  sizeBytes: number;
  resize: {readonly sizeBytes: number; readonly atMs: number} | null;
  serverId: string | null;
  detachAtMs: number | null;
}

export interface IpRecord {
  readonly id: string;
  readonly zone: string;
  readonly address: string;
  readonly tags: readonly string[];
  serverId: string | null;
}

export type FaultRecord = FaultSpec & {
  readonly id: string;
  /** A new scenario replaces the faults of the old one and leaves those injected by hand. */
  readonly source: 'scenario' | 'control';
  seen: number;
  fired: number;
};

export function emptyState(): CloudState {
  return {
    version: 1,
    clockOffsetMs: 0,
    profile: 'fast',
    scenario: {},
    draws: 0,
    callCount: 0,
    servers: {},
    volumes: {},
    ips: {},
    securityGroups: {},
    faults: [],
  };
}

export function volumesOf(state: CloudState, serverId: string): VolumeRecord[] {
  return Object.values(state.volumes).filter(volume => volume.serverId === serverId);
}

/** Servers a caller can see. */
export function visibleServers(state: CloudState): ServerRecord[] {
  return Object.values(state.servers).filter(server => !server.vanished);
}
