import {InventivError} from '../../../core/errors.ts';
import type {Clock} from '../../../ports/clock.ts';
import type {
  CallContext,
  CloudProvider,
  ProviderServer,
  SecurityGroupRequest,
  ServerRequest,
} from '../../../ports/provider.ts';
import {CloudApi} from './cloud-api.ts';
import {CloudClient} from './cloud-client.ts';
import {isRefusal, orNull} from './cloud-errors.ts';
import type {MockCloudOptions} from './cloud-starter.ts';
import {readMockCatalog, requireMachine} from './provider-catalog.ts';
import {listOwned} from './provider-inventory.ts';
import {toServer, toVolume} from './provider-views.ts';
import type {CloudConfig, CloudServer, ProfileName} from './wire.ts';

export interface MockProviderOptions extends MockCloudOptions {
  readonly clock: Clock;
  /** Absent = leave the cloud as it is (`fast` at first). */
  readonly profile?: ProfileName | undefined;
  /** A scenario file; read once, at the first call. */
  readonly scenarioPath?: string | undefined;
  readonly callTimeoutMs?: number;
}

/** Seen on the mock: server, worker and engine of the default start-up times. */
const typicalReadyMs: Record<ProfileName, number> = {fast: 3_000, realistic: 50_000, flaky: 8_000};

/** The mock cloud behind the provider port. Starts the cloud's daemon when it is not there. */
export function createMockProvider(options: MockProviderOptions): CloudProvider {
  const client = new CloudClient(options, options.clock, options.callTimeoutMs);
  const api = new CloudApi(client, () => readConfig(options));
  return {
    name: 'mock',
    pollIntervalMs: 100,
    typicalReadyMs: typicalReadyMs[options.profile ?? 'fast'],
    readCatalog: call => readMockCatalog(api, call),
    preflight: (request, call) => requireMachine(api, request, call),
    ensureSecurityGroup: (request, call) => ensureSecurityGroup(api, request, call),
    ensureServer: (request, call) => ensureServer(api, request, call),

    readServer: async (ref, call) => viewOrNull(await orNull(api.readServer(ref, call))),
    findServerByName: async (request, call) => viewOrNull(await findServer(api, request, call)),
    findSecurityGroupByName: async (request, call) => {
      const group = (await api.list('security-groups', request.zone, call, request.name))[0];
      return group === undefined ? null : {providerId: group.id};
    },

    readVolume: async (ref, call) => {
      const volume = await orNull(api.readVolume(ref, call));
      return volume === null ? null : toVolume(volume);
    },
    growVolume: async (ref, {sizeBytes, name, tags}, call) => {
      const volume = await api.readVolume(ref, call);
      const isBigEnough = volume.sizeBytes >= sizeBytes;
      await api.updateVolume(ref, {name, tags, ...(isBigEnough ? {} : {sizeBytes})}, call);
    },

    powerOn: async (ref, call) => {
      const {state} = await api.readServer(ref, call);
      if (state === 'starting' || state === 'running') return;
      await accepting('resource_not_usable', api.act(ref, 'power-on', call), async () => {
        const now = await api.readServer(ref, call);
        return now.state === 'starting' || now.state === 'running';
      });
    },

    confirmSecurityGroup: async (ref, request, call) => {
      const {providerId} = await ensureSecurityGroup(api, request, call);
      const server = await api.readServer(ref, call);
      if (server.securityGroupId !== providerId) await api.updateServer(ref, {securityGroupId: providerId}, call);
    },

    terminateServer: async (ref, call) => {
      const server = await orNull(api.readServer(ref, call));
      if (server === null) return 'gone';
      if (server.state === 'terminating') return 'requested';
      if (server.state === 'starting' || server.state === 'stopping') return 'settling';
      try {
        await (server.state === 'running' ? api.act(ref, 'terminate', call) : api.remove('servers', ref, call));
        return 'requested';
      } catch (error) {
        if (isRefusal(error, 'not_found')) return 'gone';
        if (isRefusal(error, 'resource_not_usable')) return 'settling';
        throw error;
      }
    },

    deleteVolume: (ref, call) => removing(api.remove('volumes', ref, call)),
    deleteIp: (ref, call) => removing(api.remove('ips', ref, call)),
    deleteSecurityGroup: (ref, call) => removing(api.remove('security-groups', ref, call)),
    listOwned: (zone, call) => listOwned(api, zone, call),
  };
}

/** zod is loaded for a scenario only: most runs have none. */
async function readConfig({profile, scenarioPath}: MockProviderOptions): Promise<CloudConfig | null> {
  if (scenarioPath === undefined) return profile === undefined ? null : {profile};
  const {loadScenario} = await import('./scenario.ts');
  return {...(profile === undefined ? {} : {profile}), scenario: await loadScenario(scenarioPath)};
}

async function ensureSecurityGroup(api: CloudApi, request: SecurityGroupRequest, call: CallContext) {
  const {zone, name, tags, openPorts, sourceRanges} = request;
  const found = (await api.list('security-groups', zone, call, name))[0];
  const group = found ?? (await api.createSecurityGroup(zone, {name, tags, openPorts, sourceRanges}, call));
  const isRight = isSameSet(group.openPorts, openPorts) && isSameSet(group.sourceRanges, sourceRanges);
  if (!isRight) await api.updateSecurityGroup({zone, providerId: group.id}, {openPorts, sourceRanges}, call);
  return {providerId: group.id};
}

async function ensureServer(api: CloudApi, request: ServerRequest, call: CallContext): Promise<ProviderServer> {
  const {zone, name, tags, instanceType, securityGroupId} = request;
  const found = await findServer(api, {zone, name}, call);
  if (found === null || found.state === 'terminating')
    return toServer(await api.createServer(zone, {name, tags, instanceType, securityGroupId}, call));
  if (found.instanceType === instanceType) return toServer(found);
  throw new InventivError(
    'conflict',
    `expected server ${name} to be a ${instanceType}, and it is a ${found.instanceType}.`,
    {
      hint: 'Terminate it, or ask under another name.',
      detailCode: 'server_name_taken',
    },
  );
}

/** The oldest of that name, those on their way out last: names are not unique here either. */
async function findServer(api: CloudApi, {zone, name}: {zone: string; name: string}, call: CallContext) {
  const named = await api.list('servers', zone, call, name);
  return named.find(server => server.state !== 'terminating') ?? named[0] ?? null;
}

function viewOrNull(server: CloudServer | null): ProviderServer | null {
  return server === null ? null : toServer(server);
}

/** A refusal that may mean "done already" is one, unless a look at the thing shows that it is done. */
async function accepting(detailCode: string, acting: Promise<unknown>, isDone: () => Promise<boolean>): Promise<void> {
  try {
    await acting;
  } catch (error) {
    if (!isRefusal(error, detailCode) || !(await isDone())) throw error;
  }
}

async function removing(removal: Promise<unknown>): Promise<'deleted' | 'busy'> {
  try {
    await removal;
    return 'deleted';
  } catch (error) {
    if (isRefusal(error, 'not_found')) return 'deleted';
    if (isRefusal(error, 'resource_still_in_use') || isRefusal(error, 'resource_not_usable')) return 'busy';
    throw error;
  }
}

function isSameSet(left: readonly (string | number)[], right: readonly (string | number)[]): boolean {
  return left.length === right.length && left.every(item => right.includes(item));
}
