import {describe, expect, it} from 'vitest';
import {InventivError} from '../../../../src/core/errors.ts';
import type {CloudProvider, ProviderServer} from '../../../../src/ports/provider.ts';
import {
  bootVolumeOf,
  call,
  gb,
  groupRequest,
  instanceType,
  makeServer,
  openFakeAccount,
  refOf,
  tags,
  zone,
} from './support/fake-account.ts';

type Use = (provider: CloudProvider, server: ProviderServer) => Promise<unknown>;

/** Every call of the port, on an account that holds one stopped server. */
const uses: Readonly<Record<string, Use>> = {
  readCatalog: provider => provider.readCatalog(call),
  preflight: provider => provider.preflight({zone, instanceType}, call),
  ensureSecurityGroup: provider => provider.ensureSecurityGroup({...groupRequest, openPorts: [22]}, call),
  ensureServer: (provider, {securityGroupId}) =>
    provider.ensureServer(
      {zone, name: 'inventiv-second', tags, instanceType, securityGroupId: securityGroupId ?? ''},
      call,
    ),
  readServer: (provider, server) => provider.readServer(refOf(server), call),
  findServerByName: (provider, {name}) => provider.findServerByName({zone, name}, call),
  findSecurityGroupByName: provider => provider.findSecurityGroupByName(groupRequest, call),
  readVolume: (provider, server) => provider.readVolume(bootVolumeOf(server), call),
  growVolume: (provider, server) =>
    provider.growVolume(bootVolumeOf(server), {sizeBytes: 200 * gb, name: 'inventiv-root', tags}, call),
  powerOn: (provider, server) => provider.powerOn(refOf(server), call),
  confirmSecurityGroup: (provider, server) => provider.confirmSecurityGroup(refOf(server), groupRequest, call),
  listOwned: provider => provider.listOwned(zone, call),
  deleteVolume: (provider, server) => provider.deleteVolume(bootVolumeOf(server), call),
  deleteIp: (provider, {providerId}) => provider.deleteIp({zone, providerId}, call),
  deleteSecurityGroup: (provider, {securityGroupId}) =>
    provider.deleteSecurityGroup({zone, providerId: securityGroupId ?? ''}, call),
  terminateServer: (provider, server) => provider.terminateServer(refOf(server), call),
};

const lasting = [
  ['rate_limited', 'provider_unavailable'],
  ['server_error', 'provider_unavailable'],
  ['bad_gateway', 'provider_unavailable'],
  ['connection_reset', 'provider_unavailable'],
  ['malformed_json', 'provider_unavailable'],
  ['denied_authentication', 'provider_auth'],
  ['permissions_denied', 'provider_auth'],
] as const;

describe('while the API does not work', () => {
  it.each(Object.entries(uses))('%s throws what is wrong, and neither makes nor removes anything', async (_, use) => {
    await using account = await openFakeAccount();
    const server = await makeServer(account.provider);
    const before = account.inventory();
    for (const [kind, code] of lasting) {
      account.fault({kind, times: null});
      const failure = await use(account.provider, server).then(
        value => `resolved with ${JSON.stringify(value)}`,
        (error: unknown) => error,
      );
      expect(failure, kind).toBeInstanceOf(InventivError);
      expect(failure, kind).toMatchObject({code, retryable: code === 'provider_unavailable'});
      account.world.faults.clear();
    }
    expect(account.inventory()).toEqual(before);
  });

  it.each(Object.entries(uses))('%s gets over one answer that fails', async (_, use) => {
    await using account = await openFakeAccount();
    const server = await makeServer(account.provider);
    for (const kind of ['bad_gateway', 'rate_limited', 'connection_reset']) {
      account.fault({kind});
      await use(account.provider, server);
      expect(account.world.faults.list().at(-1)?.struck, kind).toBe(1);
    }
  });
});
