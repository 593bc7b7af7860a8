import type {JsonObject} from './json.ts';

/** What the fake keeps about each resource. Answers are made from these by the `*-view` functions. */

export type ServerState = 'stopped' | 'starting' | 'running' | 'stopping' | 'stopped in place' | 'locked';

export interface ServerVolume {
  kind: 'sbs' | 'local';
  id: string;
  boot: boolean;
}

export interface ServerRecord {
  id: string;
  zone: string;
  name: string;
  commercialType: string;
  arch: string;
  bootType: string;
  organization: string;
  project: string;
  image: ImageRecord | null;
  volumes: Map<string, ServerVolume>;
  tags: string[];
  state: ServerState;
  stateDetail: string;
  /** terminate went past its point of no return: no action is allowed any more. */
  beingDeleted: boolean;
  protected: boolean;
  dynamicIpRequired: boolean;
  macAddress: string;
  location: JsonObject | null;
  securityGroupId: string;
  userData: Map<string, Buffer>;
  createdAtMs: number;
  modifiedAtMs: number;
  /** Fields the fake does not model, kept as they were found when the server was put in the world from outside. */
  unmodelled?: JsonObject;
  /** Grows with every action: events planned by an earlier action compare it and do nothing. */
  generation: number;
}

export interface ImageRecord {
  id: string;
  zone: string;
  /** The image exactly as the API gives it. */
  body: JsonObject;
  /** Size of the snapshot behind the root volume. Not in the answer when it is an sbs_snapshot. */
  rootSizeBytes: number;
}

export interface LocalImageRecord {
  id: string;
  arch: string;
  zone: string;
  label: string;
  type: string;
  compatibleTypes: string[];
}

export interface BlockReference {
  id: string;
  type: 'exclusive' | 'link';
  status: 'creating' | 'attached' | 'attaching' | 'detaching' | 'detached';
  productType: string;
  productId: string;
  createdAtMs: number;
}

export interface BlockVolumeRecord {
  id: string;
  zone: string;
  name: string;
  sizeBytes: number;
  perfIops: number;
  project: string;
  tags: string[];
  status: string;
  references: BlockReference[];
  parentSnapshotId: string | null;
  createdAtMs: number;
  updatedAtMs: number;
  lastDetachedAtMs: number | null;
  /** Applied by the next event, or by the next PATCH. */
  pendingUpdate: {sizeBytes?: number; perfIops?: number} | null;
  stuck: boolean;
}

export interface SnapshotRecord {
  id: string;
  zone: string;
  name: string;
  sizeBytes: number;
  project: string;
  tags: string[];
  status: string;
  references: BlockReference[];
  parentVolume: JsonObject | null;
  isPublic: boolean;
  createdAtMs: number;
  updatedAtMs: number;
}

export interface LocalVolumeRecord {
  id: string;
  zone: string;
  name: string;
  volumeType: string;
  sizeBytes: number;
  organization: string;
  project: string;
  tags: string[];
  state: string;
  serverId: string | null;
  createdAtMs: number;
  modifiedAtMs: number;
}

/** A snapshot of a local volume, in the Instance API. */
export interface LocalSnapshotRecord {
  id: string;
  zone: string;
  name: string;
  volumeType: string;
  sizeBytes: number;
  organization: string;
  project: string;
  tags: string[];
  state: string;
  baseVolumeId: string | null;
  createdAtMs: number;
  modifiedAtMs: number;
}

export interface IpRecord {
  id: string;
  zone: string;
  type: 'routed_ipv4' | 'routed_ipv6';
  /** IPv4 address, or the IPv6 prefix such as `2001:bc8:710:3c3b::/64`. */
  address: string;
  reverse: string | null;
  serverId: string | null;
  /** A dynamic IP lives and dies with its server and is not listed. */
  dynamic: boolean;
  state: 'attached' | 'pending' | 'detached' | 'error';
  organization: string;
  project: string;
  tags: string[];
  ipamId: string;
  createdAtMs: number;
}

export interface SecurityGroupRule {
  id: string;
  protocol: string;
  direction: string;
  action: string;
  ipRange: string;
  portFrom: number | null;
  portTo: number | null;
  position: number;
  editable: boolean;
}

export interface SecurityGroupRecord {
  id: string;
  zone: string;
  name: string;
  description: string | null;
  organization: string;
  project: string;
  tags: string[];
  stateful: boolean;
  inboundPolicy: string;
  outboundPolicy: string;
  projectDefault: boolean;
  defaultSecurity: boolean;
  state: 'available' | 'syncing';
  rules: SecurityGroupRule[];
  createdAtMs: number;
  modifiedAtMs: number;
}

export interface SshKeyRecord {
  id: string;
  name: string;
  publicKey: string;
  fingerprint: string;
  organization: string;
  project: string;
  disabled: boolean;
  createdAtMs: number;
  updatedAtMs: number;
}

export interface ProjectRecord {
  id: string;
  name: string;
  description: string;
  organization: string;
  createdAtMs: number;
  updatedAtMs: number;
}
