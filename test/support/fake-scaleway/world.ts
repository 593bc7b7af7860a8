import {type Catalog, loadCatalog, ZONES} from './catalog.ts';
import {ControllableClock} from './clock.ts';
import {makeDefaultImages} from './default-images.ts';
import {type Era, TODAY} from './era.ts';
import {FaultBoard} from './faults.ts';
import {type MakeId, makeIdSource} from './ids.ts';
import {Journal} from './journal.ts';
import type {JsonObject} from './json.ts';
import {Machines, type StartMachine} from './machines.ts';
import type {
  BlockVolumeRecord,
  ImageRecord,
  IpRecord,
  LocalImageRecord,
  LocalSnapshotRecord,
  LocalVolumeRecord,
  ProjectRecord,
  SecurityGroupRecord,
  ServerRecord,
  SnapshotRecord,
  SshKeyRecord,
} from './records.ts';

export const DEFAULT_TOKEN = '11111111-2222-4333-8444-555555555555';
export const DEFAULT_ACCESS_KEY = 'SCWFAKE0000000000000';
export const DEFAULT_PROJECT = 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee';

export interface WorldOptions {
  clock?: ControllableClock;
  era?: Era;
  /** Same seed, same ids. Random ids without. */
  seed?: string;
  /** Secret keys that are accepted. */
  tokens?: string[];
  accessKey?: string;
  projectId?: string;
  /** Address reported as public IPv4 of every server, such as 127.0.0.1 where a real SSH server listens. */
  publicAddress?: string;
  /** Port of that SSH server; the API has no field for it, so it is only told by `GET /control/ssh-target`. */
  sshPort?: number;
  /** Puts one enabled SSH key in the project. True by default. */
  sshKey?: boolean;
  /** Starts a real machine for every server that gets power; its address is the server's public IPv4. */
  startMachine?: StartMachine;
}

/** Everything that exists in the fake account, and what is planned to happen to it. */
export interface World {
  clock: ControllableClock;
  era: Era;
  makeId: MakeId;
  /** Grows by one at every call: for counters such as IP and MAC addresses. */
  nextNumber: () => number;
  tokens: Map<string, {expired: boolean}>;
  accessKey: string;
  defaultProject: string;
  sshTarget: {address: string | null; port: number | null};
  machines: Machines;
  catalog: Catalog;
  zones: Set<string>;
  projects: Map<string, ProjectRecord>;
  servers: Map<string, ServerRecord>;
  blockVolumes: Map<string, BlockVolumeRecord>;
  snapshots: Map<string, SnapshotRecord>;
  /** Deleted Block volumes and snapshots: id -> when. */
  deletedBlock: Map<string, number>;
  localVolumes: Map<string, LocalVolumeRecord>;
  localSnapshots: Map<string, LocalSnapshotRecord>;
  ips: Map<string, IpRecord>;
  securityGroups: Map<string, SecurityGroupRecord>;
  images: Map<string, ImageRecord>;
  localImages: LocalImageRecord[];
  marketplaceImages: JsonObject[];
  volumeProducts: JsonObject;
  sshKeys: Map<string, SshKeyRecord>;
  iamGroups: Map<string, JsonObject>;
  faults: FaultBoard;
  journal: Journal;
}

const SAMPLE_SSH_KEY: Omit<SshKeyRecord, 'id' | 'organization' | 'project' | 'createdAtMs' | 'updatedAtMs'> = {
  name: 'laptop',
  publicKey: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDummyDummyDummyDummyDummyDummyDummyDummyDummy',
  fingerprint: '256 MD5:00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff (ssh-ed25519)',
  disabled: false,
};

export function makeWorld(options: WorldOptions = {}): World {
  const clock = options.clock ?? new ControllableClock();
  const makeId = makeIdSource(options.seed);
  const catalog = loadCatalog();
  const {images, localImages, marketplaceImages} = makeDefaultImages(catalog);
  const defaultProject = options.projectId ?? DEFAULT_PROJECT;
  let count = 0;
  const world: World = {
    clock,
    era: options.era ?? TODAY,
    makeId,
    nextNumber: () => ++count,
    tokens: new Map((options.tokens ?? [DEFAULT_TOKEN]).map(token => [token, {expired: false}])),
    accessKey: options.accessKey ?? DEFAULT_ACCESS_KEY,
    defaultProject,
    sshTarget: {address: options.publicAddress ?? null, port: options.sshPort ?? null},
    machines: new Machines(options.startMachine ?? null),
    catalog,
    zones: new Set(ZONES),
    projects: new Map(),
    servers: new Map(),
    blockVolumes: new Map(),
    snapshots: new Map(),
    deletedBlock: new Map(),
    localVolumes: new Map(),
    localSnapshots: new Map(),
    ips: new Map(),
    securityGroups: new Map(),
    images: new Map(images.map(image => [image.id, image])),
    localImages,
    marketplaceImages,
    volumeProducts: {
      l_ssd: volumeProduct('Local SSD', true, 800_000_000_000),
      scratch: volumeProduct('Scratch Storage', false, 60_000_000_000_000),
    },
    sshKeys: new Map(),
    iamGroups: new Map(),
    faults: new FaultBoard(makeId),
    journal: new Journal(),
  };
  addProject(world, defaultProject, 'default');
  if (options.sshKey ?? true) addSampleSshKey(world, defaultProject);
  return world;
}

export function addProject(world: World, id: string, name: string, organization: string = id): ProjectRecord {
  const now = world.clock.nowMs();
  const project = {id, name, description: '', organization, createdAtMs: now, updatedAtMs: now};
  world.projects.set(id, project);
  return project;
}

function addSampleSshKey(world: World, project: string): void {
  const id = world.makeId();
  const now = world.clock.nowMs();
  world.sshKeys.set(id, {...SAMPLE_SSH_KEY, id, organization: project, project, createdAtMs: now, updatedAtMs: now});
}

function volumeProduct(displayName: string, snapshot: boolean, maxBytes: number): JsonObject {
  return {
    capabilities: {snapshot},
    display_name: displayName,
    constraints: {min: 1_000_000_000, max: maxBytes},
  };
}
