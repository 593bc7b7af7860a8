import {SEED_INSTANCE_TYPES} from '../../src/core/catalog/seed.ts';
import {InventivError} from '../../src/core/errors.ts';
import type {
  CloudProvider,
  ProviderCatalog,
  ProviderServer,
  ProviderServerState,
  ProviderVolume,
  SecurityGroupRequest,
} from '../../src/ports/provider.ts';
import type {FakeClock} from './fake-clock.ts';

/** How long the fake takes on the fake clock. */
export const cloudTimes = {bootMs: 20_000, resizeMs: 2000, terminateMs: 5000, detachMs: 3000};

export interface FakeServer {
  readonly providerId: string;
  readonly name: string;
  readonly zone: string;
  readonly instanceType: string;
  readonly tags: readonly string[];
  readonly volumeId: string;
  readonly ipId: string;
  securityGroupId: string;
  poweredOnAtMs: number | null;
  goneAtMs: number | null;
}

interface FakeVolume {
  readonly providerId: string;
  name: string;
  tags: readonly string[];
  sizeBytes: number;
  resize: {readonly toBytes: number; readonly atMs: number} | null;
  serverId: string | null;
}

interface FakeGroup {
  readonly providerId: string;
  readonly name: string;
  readonly tags: readonly string[];
  openPorts: readonly number[];
  sourceRanges: readonly string[];
}

type Method = Exclude<keyof CloudProvider, 'name'>;

interface Trouble {
  readonly method: Method;
  readonly error: () => Error;
  /** Whether the call has its effect before it fails. */
  readonly afterwards: boolean;
  left: number;
}

const gigabyte = 1_000_000_000;
const typicalReadyMs = 7_000;

/**
 * A cloud in memory that keeps the port's contract, on a fake clock. One boot volume and one lasting address per server;
 * everything is counted, and told to fail from outside.
 */
export class FakeCloud {
  readonly provider: CloudProvider;
  readonly servers = new Map<string, FakeServer>();
  readonly volumes = new Map<string, FakeVolume>();
  readonly groups = new Map<string, FakeGroup>();
  readonly ips = new Map<string, {serverId: string | null}>();
  /** Every call in order, with the fake time at which it came. */
  readonly calls: {method: Method; atMs: number}[] = [];
  catalog: ProviderCatalog = {
    types: SEED_INSTANCE_TYPES.filter(type => type.provider === 'mock'),
    availability: SEED_INSTANCE_TYPES.filter(type => type.provider === 'mock').flatMap(({name, zones}) =>
      zones.map(zone => ({typeName: name, zone, stock: 'available'}) as const),
    ),
  };
  /** Accepts a power-on and then lets the server fall back to stopped: no machine was free after all. */
  dropsPowerOn = false;
  /** Called before every call, for tests that act in the middle of something. */
  onCall: (method: Method) => void | Promise<void> = () => undefined;
  readonly #clock: FakeClock;
  #troubles: Trouble[] = [];
  #made = 0;

  constructor(clock: FakeClock) {
    this.#clock = clock;
    this.provider = this.#createProvider();
  }

  /** The next `times` calls fail with this error; `afterwards`: after they did what was asked. */
  fail(
    method: Method,
    error: InventivError,
    {times = 1, afterwards = false}: {times?: number; afterwards?: boolean} = {},
  ): void {
    this.#troubles.push({method, error: () => error, afterwards, left: times});
  }

  count(method: Method): number {
    return this.calls.filter(call => call.method === method).length;
  }

  /** What would still be paid for or be in the way. */
  readonly typicalReadyMs = typicalReadyMs;

  get alive(): string[] {
    this.#settle();
    return [
      ...[...this.servers.values()].map(server => `server ${server.name}`),
      ...[...this.volumes.values()].map(volume => `volume ${volume.providerId}`),
      ...[...this.groups.values()].map(group => `group ${group.name}`),
      ...[...this.ips.keys()].map(ip => `ip ${ip}`),
    ];
  }

  stateOf({poweredOnAtMs, goneAtMs}: FakeServer): ProviderServerState {
    if (goneAtMs !== null) return 'terminating';
    if (poweredOnAtMs === null || this.dropsPowerOn) return 'stopped';
    return this.#clock.nowMs() < poweredOnAtMs + cloudTimes.bootMs ? 'starting' : 'running';
  }

  /** Somebody deletes the server in the provider's own console. */
  vanish(serverId: string): void {
    const server = this.servers.get(serverId);
    if (server !== undefined) server.goneAtMs = this.#clock.nowMs();
    this.#settle();
  }

  /** Somebody attaches a disk of theirs to the server, in the provider's own console. */
  attachByHand(serverId: string): string {
    const providerId = `volume-by-hand-${++this.#made}`;
    const sizeBytes = 50 * gigabyte;
    this.volumes.set(providerId, {providerId, name: 'data', tags: [], sizeBytes, resize: null, serverId});
    return providerId;
  }

  #createProvider(): CloudProvider {
    const on = <T>(method: Method, act: () => T): Promise<T> => this.#answer(method, act);
    return {
      name: 'mock',
      pollIntervalMs: 500,
      typicalReadyMs,
      readCatalog: () => on('readCatalog', () => this.catalog),
      preflight: () => on('preflight', () => undefined),
      ensureSecurityGroup: request => on('ensureSecurityGroup', () => ({providerId: this.#group(request).providerId})),
      ensureServer: ({zone, name, tags, instanceType, securityGroupId}) =>
        on('ensureServer', () => {
          const found = [...this.servers.values()].find(server => server.name === name && server.goneAtMs === null);
          return this.#view(found ?? this.#makeServer({zone, name, tags, instanceType, securityGroupId}));
        }),
      readServer: ({providerId}) => on('readServer', () => this.#viewOrNull(this.servers.get(providerId))),
      findServerByName: ({name}) =>
        on('findServerByName', () => this.#viewOrNull([...this.servers.values()].find(server => server.name === name))),
      findSecurityGroupByName: ({name}) =>
        on('findSecurityGroupByName', () => [...this.groups.values()].find(group => group.name === name) ?? null),
      readVolume: ({providerId}) => on('readVolume', () => this.#volumeView(providerId)),
      growVolume: ({providerId}, {sizeBytes, name, tags}) =>
        on('growVolume', () => {
          const volume = this.#need(this.volumes.get(providerId), 'volume');
          Object.assign(volume, {
            name,
            tags,
            resize: {toBytes: sizeBytes, atMs: this.#clock.nowMs() + cloudTimes.resizeMs},
          });
        }),
      powerOn: ({providerId}) =>
        on('powerOn', () => {
          this.#need(this.servers.get(providerId), 'server').poweredOnAtMs ??= this.#clock.nowMs();
        }),
      confirmSecurityGroup: ({providerId}, request) =>
        on('confirmSecurityGroup', () => {
          this.#need(this.servers.get(providerId), 'server').securityGroupId = this.#group(request).providerId;
        }),
      terminateServer: ({providerId}) =>
        on('terminateServer', () => {
          const server = this.servers.get(providerId);
          if (server === undefined) return 'gone';
          if (this.stateOf(server) === 'starting') return 'settling';
          server.goneAtMs ??= this.#clock.nowMs() + cloudTimes.terminateMs;
          return 'requested';
        }),
      deleteVolume: ({providerId}) =>
        on('deleteVolume', () => {
          if (this.volumes.get(providerId)?.serverId != null) return 'busy';
          this.volumes.delete(providerId);
          return 'deleted';
        }),
      deleteIp: ({providerId}) =>
        on('deleteIp', () => this.#remove(this.ips, providerId, this.ips.get(providerId)?.serverId != null)),
      deleteSecurityGroup: ({providerId}) =>
        on('deleteSecurityGroup', () =>
          this.#remove(
            this.groups,
            providerId,
            [...this.servers.values()].some(server => server.securityGroupId === providerId),
          ),
        ),
      listOwned: () =>
        on('listOwned', () => ({
          servers: [...this.servers.values()].map(server => this.#view(server)),
          volumes: [],
          ips: [],
          securityGroups: [],
        })),
    };
  }

  async #answer<T>(method: Method, act: () => T): Promise<T> {
    this.calls.push({method, atMs: this.#clock.nowMs()});
    await this.onCall(method);
    this.#settle();
    const trouble = this.#troubles.find(candidate => candidate.method === method && candidate.left > 0);
    if (trouble === undefined) return act();
    trouble.left -= 1;
    if (trouble.afterwards) act();
    throw trouble.error();
  }

  #settle(): void {
    const nowMs = this.#clock.nowMs();
    for (const server of [...this.servers.values()]) {
      if (server.goneAtMs === null || server.goneAtMs > nowMs) continue;
      this.servers.delete(server.providerId);
      const ip = this.ips.get(server.ipId);
      if (ip !== undefined) ip.serverId = null;
      const {volumeId, goneAtMs} = server;
      this.#detaching.set(volumeId, goneAtMs + cloudTimes.detachMs);
    }

    for (const [volumeId, atMs] of this.#detaching) {
      const volume = this.volumes.get(volumeId);
      if (atMs <= nowMs && volume !== undefined) volume.serverId = null;
    }

    for (const volume of this.volumes.values()) {
      if (volume.resize === null || volume.resize.atMs > nowMs) continue;
      volume.sizeBytes = volume.resize.toBytes;
      volume.resize = null;
    }
  }

  readonly #detaching = new Map<string, number>();

  #makeServer(facts: Pick<FakeServer, 'zone' | 'name' | 'tags' | 'instanceType' | 'securityGroupId'>): FakeServer {
    const providerId = this.#nextId('srv');
    const volumeId = this.#nextId('vol');
    const ipId = this.#nextId('ip');
    const server = {...facts, providerId, volumeId, ipId, poweredOnAtMs: null, goneAtMs: null};
    this.volumes.set(volumeId, {
      providerId: volumeId,
      name: `${facts.name}-boot`,
      tags: [],
      sizeBytes: 20 * gigabyte,
      resize: null,
      serverId: providerId,
    });
    this.ips.set(ipId, {serverId: providerId});
    this.servers.set(providerId, server);
    return server;
  }

  #group({name, tags, openPorts, sourceRanges}: SecurityGroupRequest): FakeGroup {
    const found = [...this.groups.values()].find(group => group.name === name);
    const group = found ?? {providerId: this.#nextId('sg'), name, tags, openPorts, sourceRanges};
    group.openPorts = openPorts;
    group.sourceRanges = sourceRanges;
    this.groups.set(group.providerId, group);
    return group;
  }

  #remove(from: Map<string, unknown>, providerId: string, inUse: boolean): 'deleted' | 'busy' {
    if (inUse) return 'busy';
    from.delete(providerId);
    return 'deleted';
  }

  #viewOrNull(server: FakeServer | undefined): ProviderServer | null {
    return server === undefined ? null : this.#view(server);
  }

  #view(server: FakeServer): ProviderServer {
    const {providerId, name, zone, instanceType, tags, volumeId, ipId, securityGroupId} = server;
    const state = this.stateOf(server);
    const volumes = [...this.volumes.values()]
      .filter(volume => volume.serverId === providerId)
      .map(volume => ({
        providerId: volume.providerId,
        volumeType: 'sbs_volume',
        isBoot: volume.providerId === volumeId,
        sizeBytes: null,
      }));
    const address = state === 'running' ? {host: '192.0.2.7', sshPort: 22, openaiPort: 8000, agentPort: 8080} : null;
    return {providerId, name, zone, instanceType, state, tags, volumes, address, ipIds: [ipId], securityGroupId};
  }

  #volumeView(providerId: string): ProviderVolume | null {
    const volume = this.volumes.get(providerId);
    if (volume === undefined) return null;
    const {name, tags, sizeBytes, resize, serverId} = volume;
    const status = resize === null ? (serverId === null ? 'available' : 'in_use') : 'updating';
    return {
      providerId,
      name,
      volumeType: 'sbs_volume',
      status,
      sizeBytes,
      iops: 5000,
      attachedToServerId: serverId,
      tags,
      createdAtMs: null,
    };
  }

  #need<T>(thing: T | undefined, what: string): T {
    if (thing === undefined)
      throw new InventivError('not_found', `fake cloud: no such ${what}.`, {detailCode: 'not_found'});
    return thing;
  }

  #nextId(kind: string): string {
    this.#made += 1;
    return `${kind}-${String(this.#made).padStart(8, '0')}`;
  }
}
