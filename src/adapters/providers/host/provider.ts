import {InventivError} from '../../../core/errors.ts';
import {hostAsType, hostStock} from '../../../core/host/as-type.ts';
import {detectScript, detectTimeoutMs, parseHostFacts} from '../../../core/host/detect.ts';
import {type Host, type HostClaim, hostZone} from '../../../core/host/host.ts';
import type {OrgScope} from '../../../core/tenancy/org-scope.ts';
import {secondMs} from '../../../core/time.ts';
import type {HostStore} from '../../../ports/hosts.ts';
import type {Ids} from '../../../ports/ids.ts';
import type {CallContext, CloudProvider, ProviderServer, ServerRequest} from '../../../ports/provider.ts';
import type {ShellOpener} from '../../../ports/shell.ts';
import {alienZone, hostTaken, installedAlready, lostGpu, noSuchHost} from './refusals.ts';
import {hostServer, hostTarget} from './views.ts';

export interface HostProviderOptions {
  readonly hosts: HostStore;
  readonly scope: OrgScope;
  /** How hosts are logged in to. */
  readonly shell: ShellOpener;
  readonly ids: Ids;
}

/**
 * Machines people have, behind the provider port. A "server" is the claim of an instance on a host; "creating" takes the
 * host, "deleting" gives it back. There are no volumes, no addresses and no firewall of ours: those calls have nothing to
 * do, and the name of a security group is its id.
 */
export function createHostProvider({hosts, scope, shell, ids}: HostProviderOptions): CloudProvider {
  return {
    name: 'host',
    pollIntervalMs: secondMs,
    keepsMachines: true,

    readCatalog: async call => {
      call.signal?.throwIfAborted();
      const [known, claims] = await Promise.all([hosts.list(scope), hosts.claims(scope)]);
      const taken = new Set(claims.map(({hostId}) => hostId));
      return {
        types: known.map(hostAsType),
        availability: known.map(({id, name}) => ({typeName: name, zone: hostZone, stock: hostStock(taken.has(id))})),
      };
    },

    preflight: async ({zone, instanceType}, call) => {
      const host = await findHost(zone, instanceType);
      const claim = (await hosts.claims(scope)).find(({hostId}) => hostId === host.id);
      if (claim !== undefined) throw hostTaken(host, claim);
      await requireFree(host, call);
    },

    ensureSecurityGroup: async ({name}) => ({providerId: name}),

    ensureServer: async (request, call) => serverOf(await ensureClaim(request, call)),

    readServer: async ({providerId}, call) => {
      call.signal?.throwIfAborted();
      return serverOrNull((await hosts.claims(scope)).find(claim => claim.id === providerId));
    },
    findServerByName: async ({name}, call) => {
      call.signal?.throwIfAborted();
      return serverOrNull((await hosts.claims(scope)).find(claim => claim.name === name));
    },
    findSecurityGroupByName: async ({name}) => {
      const claim = (await hosts.claims(scope)).find(({securityGroup}) => securityGroup === name);
      return claim === undefined ? null : {providerId: claim.securityGroup};
    },

    readVolume: async () => null,
    growVolume: async ref => {
      throw new InventivError('not_found', `A host has no volumes of ours: there is no ${ref.providerId}.`);
    },
    powerOn: ({providerId}) => hosts.powerOn(providerId),
    confirmSecurityGroup: async () => {},

    terminateServer: async ({providerId}) => ((await hosts.release(providerId)) ? 'requested' : 'gone'),
    deleteVolume: async () => 'deleted',
    deleteIp: async () => 'deleted',
    deleteSecurityGroup: async () => 'deleted',

    listOwned: async (zone, call) => {
      call.signal?.throwIfAborted();
      const claims = zone === hostZone ? await hosts.claims(scope) : [];
      return {
        servers: (await Promise.all(claims.map(serverOf))).filter(server => server !== null),
        volumes: [],
        ips: [],
        securityGroups: claims.map(({securityGroup, tags}) => ({providerId: securityGroup, name: securityGroup, tags})),
      };
    },
  };

  async function findHost(zone: string, name: string): Promise<Host> {
    if (zone !== hostZone) throw alienZone(zone);
    const host = await hosts.find(scope, name);
    if (host === null) throw noSuchHost(name, await hosts.list(scope));
    return host;
  }

  async function ensureClaim(
    {zone, name, tags, instanceType, securityGroupId}: ServerRequest,
    call: CallContext,
  ): Promise<HostClaim> {
    call.signal?.throwIfAborted();
    const host = await findHost(zone, instanceType);
    const known = (await hosts.claims(scope)).find(claim => claim.name === name);
    if (known !== undefined && known.hostId !== host.id) {
      throw new InventivError('conflict', `expected ${name} to be on ${host.name}, and it is on another host.`, {
        hint: 'Take it down first, or ask under another name.',
      });
    }

    const request = {id: ids.next('hostClaim'), hostId: host.id, name, tags, securityGroup: securityGroupId};
    const claim = await hosts.claim(scope, request);
    if (claim !== null) return claim;
    throw hostTaken(
      host,
      (await hosts.claims(scope)).find(({hostId}) => hostId === host.id),
    );
  }

  /** The store knows who of us has it; only the machine knows about others, and about its GPUs today. */
  async function requireFree(host: Host, call: CallContext): Promise<void> {
    await using opened = await shell.open(hostTarget(host, call));
    const lines: string[] = [];
    const {signal} = call;
    await opened.run({
      script: detectScript,
      timeoutMs: detectTimeoutMs,
      onLine: line => lines.push(line),
      ...(signal === undefined ? {} : {signal}),
    });
    const facts = parseHostFacts(lines);
    if (facts.installedInstanceId !== null) throw installedAlready(host, facts.installedInstanceId);
    if (facts.gpus.length < host.facts.gpus.length) throw lostGpu(host, facts);
  }

  async function serverOf(claim: HostClaim): Promise<ProviderServer> {
    const host = await hosts.find(scope, claim.hostId);
    if (host === null)
      throw new InventivError('not_found', 'The host was removed meanwhile.', {hint: 'inventiv hosts list'});
    return hostServer(host, claim);
  }

  async function serverOrNull(claim: HostClaim | undefined): Promise<ProviderServer | null> {
    return claim === undefined ? null : serverOf(claim);
  }
}
