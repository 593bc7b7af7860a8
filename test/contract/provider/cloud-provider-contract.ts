import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import type {InventivError} from '../../../src/core/errors.ts';
import type {CallContext, CloudProvider, ProviderServer, VolumeRef} from '../../../src/ports/provider.ts';

/** What a provider under test brings along: an empty account, and the power to move its time and its limits. */
export interface ProviderHarness extends AsyncDisposable {
  readonly provider: CloudProvider;
  readonly zone: string;
  readonly instanceType: string;
  /** Whether `preflight` can know that a quota is used up. */
  readonly tellsQuotaBefore: boolean;
  /** Lets everything that the provider is doing come to its end. */
  passTime(): Promise<void>;
  /** From now on no machine of the type is left in the zone. */
  emptyStock(): Promise<void>;
  /** From now on the account may not have one more server. */
  exhaustQuota(): Promise<void>;
  /** The next call of the provider's API is answered 503, the one after with 401, and so on. */
  answerNext(statuses: readonly (401 | 429 | 503)[]): Promise<void>;
  /** Somebody else's server and volume in the same zone. */
  addForeign(): Promise<void>;
}

const gb = 1_000_000_000;
const call: CallContext = {correlationId: 'cor_contract'};
const tags = ['inventiv', 'inventiv:instance=contract'];

/**
 * The rules of `CloudProvider`, checked on any implementation. Every test gets a fresh account. A provider that keeps its
 * machines makes and deletes none: the rules of volumes, firewalls, quotas and of machines on their way out are not its.
 */
export function describeCloudProvider(
  label: string,
  makeHarness: () => Promise<ProviderHarness>,
  {keepsMachines = false}: {keepsMachines?: boolean} = {},
): void {
  const whenRented: (name: string, test: () => Promise<void>) => void = keepsMachines ? () => {} : it;

  describe(`cloud provider contract: ${label}`, () => {
    let harness: ProviderHarness;
    let provider: CloudProvider;
    beforeEach(async () => {
      harness = await makeHarness();
      ({provider} = harness);
    });
    afterEach(() => harness[Symbol.asyncDispose]());

    const groupRequest = () => ({
      zone: harness.zone,
      name: 'inventiv-contract-sg',
      tags,
      openPorts: [22, 8000],
      sourceRanges: ['0.0.0.0/0'],
    });
    const makeServer = async (name = 'inventiv-contract'): Promise<ProviderServer> => {
      const {zone, instanceType} = harness;
      const {providerId} = await provider.ensureSecurityGroup(groupRequest(), call);
      return provider.ensureServer({zone, name, tags, instanceType, securityGroupId: providerId}, call);
    };
    const refOf = ({zone, providerId}: ProviderServer) => ({zone, providerId});
    const bootVolumeOf = ({zone, volumes}: ProviderServer): VolumeRef => {
      const boot = volumes.find(volume => volume.isBoot);
      if (boot === undefined) throw new Error('expected a boot volume');
      return {zone, providerId: boot.providerId, volumeType: boot.volumeType};
    };
    const runServer = async (): Promise<ProviderServer> => {
      const server = await makeServer();
      await provider.powerOn(refOf(server), call);
      await harness.passTime();
      return server;
    };
    const inventory = () => provider.listOwned(harness.zone, call);

    it('lists types with prices and their stock in every zone where they are sold', async () => {
      const {types, availability} = await provider.readCatalog(call);
      const type = types.find(({name}) => name === harness.instanceType);
      expect(type).toMatchObject({provider: provider.name, endOfService: false});
      if (keepsMachines) expect(type?.pricePerHourNanos).toBe(0);
      else expect(type?.pricePerHourNanos).toBeGreaterThan(0);
      expect(availability).toContainEqual({typeName: harness.instanceType, zone: harness.zone, stock: 'available'});
      for (const zone of type?.zones ?? []) {
        expect(availability.some(row => row.typeName === harness.instanceType && row.zone === zone)).toBe(true);
      }
    });

    it('answers null for what does not exist', async () => {
      const ref = {zone: harness.zone, providerId: '00000000-0000-4000-8000-000000000000'};
      expect(await provider.readServer(ref, call)).toBeNull();
      expect(await provider.readVolume({...ref, volumeType: 'mock_block'}, call)).toBeNull();
      expect(await provider.findServerByName({zone: harness.zone, name: 'nobody'}, call)).toBeNull();
      expect(await provider.findSecurityGroupByName({zone: harness.zone, name: 'nobody'}, call)).toBeNull();
    });

    it('takes the deletion of what is gone for done', async () => {
      const ref = {zone: harness.zone, providerId: '00000000-0000-4000-8000-000000000000'};
      expect(await provider.terminateServer(ref, call)).toBe('gone');
      expect(await provider.deleteVolume({...ref, volumeType: 'mock_block'}, call)).toBe('deleted');
      expect(await provider.deleteIp(ref, call)).toBe('deleted');
      expect(await provider.deleteSecurityGroup(ref, call)).toBe('deleted');
    });

    it('makes a stopped server, in its group, with its tags, and a boot volume where it is rented', async () => {
      const server = await makeServer();
      expect(server).toMatchObject({
        name: 'inventiv-contract',
        state: 'stopped',
        address: null,
        tags,
        zone: harness.zone,
      });
      expect(server.instanceType).toBe(harness.instanceType);
      const group = await provider.findSecurityGroupByName({zone: harness.zone, name: groupRequest().name}, call);
      expect(server.securityGroupId).toBe(group?.providerId);
      if (keepsMachines) {
        expect(server.volumes).toEqual([]);
        return;
      }

      const volume = await provider.readVolume(bootVolumeOf(server), call);
      expect(volume).toMatchObject({status: 'in_use', sizeBytes: 20 * gb, attachedToServerId: server.providerId});
    });

    it('adopts what has the name instead of making a second one', async () => {
      const first = await makeServer();
      const second = await makeServer();
      expect(second.providerId).toBe(first.providerId);
      const found = await provider.findServerByName({zone: harness.zone, name: first.name}, call);
      expect(found?.providerId).toBe(first.providerId);
      const {servers, volumes, securityGroups} = await inventory();
      expect([servers.length, volumes.length, securityGroups.length]).toEqual([1, keepsMachines ? 0 : 1, 1]);
    });

    it('refuses to adopt a server of another type', async () => {
      const {types} = await provider.readCatalog(call);
      const other = types.find(({name, zones}) => name !== harness.instanceType && zones.includes(harness.zone));
      const {securityGroupId} = await makeServer();
      const request = {
        zone: harness.zone,
        name: 'inventiv-contract',
        tags,
        instanceType: other?.name ?? '',
        securityGroupId: securityGroupId ?? '',
      };
      await expect(provider.ensureServer(request, call)).rejects.toMatchObject({code: 'conflict'});
    });

    whenRented(
      'grows a volume through updating with the old size, names and tags it, and may be asked again',
      async () => {
        const ref = bootVolumeOf(await makeServer());
        const request = {sizeBytes: 200 * gb, name: 'inventiv-contract-root', tags};
        await provider.growVolume(ref, request, call);
        expect(await provider.readVolume(ref, call)).toMatchObject({status: 'updating', sizeBytes: 20 * gb});
        await provider.growVolume(ref, request, call);
        await harness.passTime();
        expect(await provider.readVolume(ref, call)).toMatchObject({
          status: 'in_use',
          sizeBytes: 200 * gb,
          name: request.name,
          tags,
        });
        await provider.growVolume(ref, {...request, sizeBytes: 100 * gb}, call);
        expect(await provider.readVolume(ref, call)).toMatchObject({status: 'in_use', sizeBytes: 200 * gb});
      },
    );

    it('powers on, gives an address once it runs, and takes a second power-on for granted', async () => {
      const server = await makeServer();
      await provider.powerOn(refOf(server), call);
      if (!keepsMachines)
        expect(await provider.readServer(refOf(server), call)).toMatchObject({state: 'starting', address: null});
      await provider.powerOn(refOf(server), call);
      await harness.passTime();
      const running = await provider.readServer(refOf(server), call);
      expect(running?.state).toBe('running');
      expect(running?.address?.openaiPort).toBeGreaterThan(0);
      expect(running?.address?.agentPort).not.toBe(running?.address?.openaiPort);
      await provider.powerOn(refOf(server), call);
      expect((await provider.readServer(refOf(server), call))?.state).toBe('running');
    });

    whenRented('moves a server into its group and repairs the rules of the group', async () => {
      const server = await makeServer();
      const before = await provider.ensureSecurityGroup(groupRequest(), call);
      const wider = {...groupRequest(), openPorts: [22, 8000, 8080]};
      await provider.confirmSecurityGroup(refOf(server), wider, call);
      expect((await provider.ensureSecurityGroup(wider, call)).providerId).toBe(before.providerId);
      const other = {...groupRequest(), name: 'inventiv-contract-other'};
      await provider.confirmSecurityGroup(refOf(server), other, call);
      const group = await provider.findSecurityGroupByName(other, call);
      expect((await provider.readServer(refOf(server), call))?.securityGroupId).toBe(group?.providerId);
    });

    whenRented('ends a running server, keeps its volume until it is asked for by id, then holds nothing', async () => {
      const server = await runServer();
      const volume = bootVolumeOf(server);
      expect(await provider.deleteVolume(volume, call)).toBe('busy');
      expect(
        await provider.deleteSecurityGroup({zone: harness.zone, providerId: server.securityGroupId ?? ''}, call),
      ).toBe('busy');
      expect(await provider.terminateServer(refOf(server), call)).toBe('requested');
      expect(await provider.terminateServer(refOf(server), call)).toBe('requested');
      expect((await provider.readServer(refOf(server), call))?.state).toBe('terminating');
      await harness.passTime();
      expect(await provider.readServer(refOf(server), call)).toBeNull();
      expect(await provider.terminateServer(refOf(server), call)).toBe('gone');
      await harness.passTime();
      expect(await provider.readVolume(volume, call)).toMatchObject({status: 'available', attachedToServerId: null});
      expect(await provider.deleteVolume(volume, call)).toBe('deleted');
      expect(await provider.readVolume(volume, call)).toBeNull();
      expect(
        await provider.deleteSecurityGroup({zone: harness.zone, providerId: server.securityGroupId ?? ''}, call),
      ).toBe('deleted');
      expect((await inventory()).volumes).toEqual([]);
    });

    whenRented('ends a stopped server, and says settling while one is starting', async () => {
      const server = await makeServer();
      await provider.powerOn(refOf(server), call);
      expect(await provider.terminateServer(refOf(server), call)).toBe('settling');
      const stopped = await makeServer('inventiv-contract-stopped');
      expect(await provider.terminateServer(refOf(stopped), call)).toBe('requested');
      await harness.passTime();
      expect(await provider.readServer(refOf(stopped), call)).toBeNull();
    });

    whenRented('makes a new server under the name of one that is on its way out', async () => {
      const server = await runServer();
      await provider.terminateServer(refOf(server), call);
      expect((await provider.findServerByName({zone: harness.zone, name: server.name}, call))?.providerId).toBe(
        server.providerId,
      );
      expect((await makeServer()).providerId).not.toBe(server.providerId);
    });

    it('types the lack of machines and of quota, before and at creation', async () => {
      const {zone, instanceType} = harness;
      await provider.preflight({zone, instanceType}, call);
      if (!keepsMachines) await checkQuota();
      await harness.emptyStock();
      const refusal = {code: 'no_capacity', retryable: false};
      await expect(provider.preflight({zone, instanceType}, call)).rejects.toMatchObject(refusal);
      await expect(makeServer()).rejects.toMatchObject(refusal);
      expect((await inventory()).servers.map(({name}) => name)).not.toContain('inventiv-contract');
      const {availability} = await provider.readCatalog(call);
      expect(availability).toContainEqual({typeName: instanceType, zone, stock: 'shortage'});
    });

    const checkQuota = async () => {
      const {zone, instanceType} = harness;
      await harness.exhaustQuota();
      // Some providers tell a quota only when it is hit.
      if (harness.tellsQuotaBefore) {
        await expect(provider.preflight({zone, instanceType}, call)).rejects.toMatchObject({code: 'quota_exceeded'});
      }

      await expect(makeServer()).rejects.toMatchObject({code: 'quota_exceeded'});
    };

    it('refuses a zone and a type that do not exist, naming the near ones', async () => {
      const {zone, instanceType} = harness;
      const wrongZone = provider.preflight({zone: `${zone}0`, instanceType}, call);
      await expect(wrongZone).rejects.toMatchObject({code: 'invalid_input', hint: expect.stringContaining(zone)});
      const wrongType = provider.preflight({zone, instanceType: `${instanceType}B`}, call);
      await expect(wrongType).rejects.toMatchObject({
        code: 'invalid_input',
        hint: expect.stringContaining(instanceType),
      });
    });

    whenRented('throws when the provider cannot answer, and never says null or gone for it', async () => {
      const server = await makeServer();
      await harness.answerNext([401]);
      await expect(provider.readServer(refOf(server), call)).rejects.toMatchObject({code: 'provider_auth'});
      await harness.answerNext([503]);
      const failed = await provider.deleteVolume(bootVolumeOf(server), call).then(
        () => null,
        (error: InventivError) => error,
      );
      expect(failed).toMatchObject({code: 'provider_unavailable', retryable: true});
      await harness.answerNext([503, 429]);
      expect((await provider.readServer(refOf(server), call))?.providerId).toBe(server.providerId);
    });

    whenRented(
      'lists what is ours on all pages, with unmarked volumes of our servers and nothing of others',
      async () => {
        await harness.addForeign();
        const servers = [];
        for (let number = 0; number < 7; number++) servers.push(await makeServer(`inventiv-contract-${number}`));
        const owned = await inventory();
        expect(owned.servers.map(server => server.providerId).sort()).toEqual(
          servers.map(server => server.providerId).sort(),
        );
        expect(owned.volumes.map(volume => volume.providerId).sort()).toEqual(
          servers.map(server => bootVolumeOf(server).providerId).sort(),
        );
        expect(owned.securityGroups.map(group => group.name)).toEqual([groupRequest().name]);
      },
    );

    it('stops at once when the caller aborts', async () => {
      const aborted = AbortSignal.abort(new Error('stop'));
      await expect(provider.readCatalog({...call, signal: aborted})).rejects.toThrow('stop');
    });
  });
}
