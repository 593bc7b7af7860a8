import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {addForeignThings, idIn, post} from '../../../support/scaleway/foreign.ts';
import {
  bootVolumeOf,
  call,
  type FakeAccount,
  gb,
  groupRequest,
  instanceType,
  makeServer,
  openFakeAccount,
  refOf,
  tags,
  zone,
} from './support/fake-account.ts';

let account: FakeAccount;
beforeEach(async () => {
  account = await openFakeAccount();
});
afterEach(() => account[Symbol.asyncDispose]());

const serversPath = '/servers$';
const createsSent = () =>
  account.takeJournal().filter(({method, path}) => method === 'POST' && path.endsWith('/servers')).length;

describe('a create whose answer is lost', () => {
  it.each([
    ['500 after it worked', {kind: 'server_error'}],
    ['502 after it worked', {kind: 'bad_gateway'}],
    ['a connection that broke after it worked', {kind: 'connection_reset'}],
    ['an answer that is no JSON', {kind: 'malformed_json'}],
  ])('is found by name and adopted: %s', async (_, fault) => {
    account.fault({...fault, method: 'POST', path: serversPath, when: 'after'});
    const server = await makeServer(account.provider);
    expect(server.state).toBe('stopped');
    expect(createsSent()).toBe(1);
    expect(account.world.servers.size).toBe(1);
  });

  it('is found by name and adopted: an answer that never came', async () => {
    const impatient = account.anotherProvider({}, 1500);
    account.fault({kind: 'hang', method: 'POST', path: serversPath, when: 'after'});
    await makeServer(impatient);
    expect(createsSent()).toBe(1);
    expect(account.world.servers.size).toBe(1);
  });

  it('fails as something to try again when it did not work, and makes one server at the next try', async () => {
    account.fault({kind: 'server_error', method: 'POST', path: serversPath});
    await expect(makeServer(account.provider)).rejects.toMatchObject({code: 'provider_unavailable', retryable: true});
    expect(createsSent()).toBe(1);
    await makeServer(account.provider);
    expect(account.world.servers.size).toBe(1);
  });

  it('is not taken for the server of another whose name starts the same', async () => {
    const other = await makeServer(account.provider, {name: 'inventiv-test-10'});
    const ours = await makeServer(account.provider, {name: 'inventiv-test-1'});
    expect(ours.providerId).not.toBe(other.providerId);
    expect(await account.provider.findServerByName({zone, name: 'inventiv-test'}, call)).toBeNull();
  });

  it('of a security group is found by name as well', async () => {
    account.fault({kind: 'server_error', method: 'POST', path: '/security_groups$', when: 'after'});
    await account.provider.ensureSecurityGroup(groupRequest, call);
    const {securityGroups} = await account.provider.listOwned(zone, call);
    expect(securityGroups).toHaveLength(1);
  });
});

describe('a create that is refused', () => {
  it.each([
    ['out_of_stock', 'no_capacity'],
    ['quotas_exceeded', 'quota_exceeded'],
    ['permissions_denied', 'provider_auth'],
    ['denied_authentication', 'provider_auth'],
  ])('is typed and sent once: %s', async (kind, code) => {
    account.fault({kind, method: 'POST', path: serversPath});
    await expect(makeServer(account.provider)).rejects.toMatchObject({code, retryable: false});
    expect(createsSent()).toBe(1);
  });

  it('looks the image up again when it was replaced meanwhile', async () => {
    await account.provider.preflight({zone, instanceType}, call);
    account.takeJournal();
    account.fault({kind: 'not_found', resource: 'instance_image', method: 'POST', path: serversPath});
    await makeServer(account.provider);
    const looks = account.takeJournal().filter(({path}) => path === '/marketplace/v2/local-images');
    expect(looks).toHaveLength(1);
  });

  it('removes a server that got a local volume its type refuses, and says so', async () => {
    account.fault({kind: 'local_root'});
    await expect(makeServer(account.provider)).rejects.toMatchObject({
      code: 'instance_failed',
      detailCode: 'local_volume_refused',
      message: expect.stringContaining('L4-1-24G accepts no local volume'),
    });
    expect(account.inventory()).toMatchObject({servers: [], blockVolumes: [], localVolumes: []});
  });
});

describe('what is checked before anything is made', () => {
  const preflight = (request = {zone, instanceType}) => account.provider.preflight(request, call);

  it('refuses a project without an enabled SSH key, whose machine nobody could enter', async () => {
    for (const key of account.world.sshKeys.values()) key.disabled = true;
    await expect(preflight()).rejects.toMatchObject({code: 'invalid_input', detailCode: 'no_ssh_key'});
  });

  it('names the zones with stock when this one has none', async () => {
    account.fault({kind: 'availability', types: [instanceType], zone});
    await expect(preflight()).rejects.toMatchObject({
      code: 'no_capacity',
      hint: expect.stringContaining('fr-par-1 and pl-waw-2'),
    });
  });

  it('names the zones that sell the type when this one does not', async () => {
    await expect(preflight({zone: 'pl-waw-2', instanceType: 'H100-SXM-2-80G'})).rejects.toMatchObject({
      code: 'invalid_input',
      hint: expect.stringContaining('fr-par-2'),
    });
  });

  it('refuses a type without GPU', async () => {
    await expect(preflight({zone, instanceType: 'DEV1-S'})).rejects.toMatchObject({
      code: 'invalid_input',
      message: expect.stringContaining('has no GPU'),
    });
  });

  it('tells a wrong key from one without the right, and which right', async () => {
    const wrong = account.anotherProvider({secretKey: '99999999-2222-4333-8444-555555555555'});
    await expect(wrong.preflight({zone, instanceType}, call)).rejects.toMatchObject({
      code: 'provider_auth',
      detailCode: 'denied_authentication_not_found',
    });
    account.fault({kind: 'permissions_denied', path: '/ssh-keys', action: 'read', resource: 'ssh_key'});
    await expect(preflight()).rejects.toMatchObject({
      code: 'provider_auth',
      message: expect.stringContaining('read ssh_key'),
      hint: expect.stringContaining('SSHKeysReadOnly'),
    });
  });

  it('never shows a malformed secret', async () => {
    const secretKey = 'not-a-uuid-but-still-secret';
    const failure = await account
      .anotherProvider({secretKey})
      .preflight({zone, instanceType}, call)
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({code: 'invalid_config', param: 'SCW_SECRET_KEY'});
    expect(String(failure) + JSON.stringify(failure)).not.toContain(secretKey);
  });
});

describe('power', () => {
  it('asked for twice at once starts the machine once', async () => {
    const server = await makeServer(account.provider);
    await Promise.all([1, 2, 3].map(() => account.provider.powerOn(refOf(server), call)));
    account.passTime();
    expect((await account.provider.readServer(refOf(server), call))?.state).toBe('running');
  });

  it('accepted by a zone that then has no machine shows a stopped server again', async () => {
    const server = await makeServer(account.provider);
    account.fault({kind: 'no_stock_after_poweron'});
    await account.provider.powerOn(refOf(server), call);
    account.passTime();
    expect((await account.provider.readServer(refOf(server), call))?.state).toBe('stopped');
  });

  it('for a server that is gone says so', async () => {
    const server = await makeServer(account.provider);
    account.world.servers.clear();
    await expect(account.provider.powerOn(refOf(server), call)).rejects.toMatchObject({code: 'not_found'});
  });

  it('for a machine stopped in place, and its end, work too', async () => {
    const server = await makeServer(account.provider);
    await account.provider.powerOn(refOf(server), call);
    account.passTime();
    await post(account.url, `servers/${server.providerId}/action`, {action: 'stop_in_place'});
    account.passTime();
    await account.provider.powerOn(refOf(server), call);
    account.passTime();
    await post(account.url, `servers/${server.providerId}/action`, {action: 'stop_in_place'});
    expect(await account.provider.terminateServer(refOf(server), call)).toBe('settling');
    account.passTime();
    expect(await account.provider.terminateServer(refOf(server), call)).toBe('requested');
    account.passTime();
    expect(await account.provider.readServer(refOf(server), call)).toBeNull();
  });
});

describe('a volume', () => {
  it('that is refused deletion is busy, and deleted at the next try', async () => {
    const server = await makeServer(account.provider);
    await account.provider.terminateServer(refOf(server), call);
    account.passTime();
    account.fault({kind: 'volume_delete_refused'});
    expect(await account.provider.deleteVolume(bootVolumeOf(server), call)).toBe('busy');
    expect(await account.provider.deleteVolume(bootVolumeOf(server), call)).toBe('deleted');
  });

  it('that is still detaching is busy, without a call that would be refused', async () => {
    const server = await makeServer(account.provider);
    account.fault({kind: 'slow_detach'});
    await account.provider.powerOn(refOf(server), call);
    account.passTime();
    await account.provider.terminateServer(refOf(server), call);
    account.takeJournal();
    expect(await account.provider.deleteVolume(bootVolumeOf(server), call)).toBe('busy');
    expect(account.takeJournal().map(({method}) => method)).toEqual(['GET']);
  });

  it('whose resize never ends is deleted all the same once nothing holds it', async () => {
    const server = await makeServer(account.provider);
    const boot = bootVolumeOf(server);
    account.fault({kind: 'resize_stuck'});
    await account.provider.growVolume(boot, {sizeBytes: 200 * gb, name: 'inventiv-root', tags}, call);
    expect(await account.provider.deleteVolume(boot, call)).toBe('busy');
    await account.provider.terminateServer(refOf(server), call);
    account.passTime();
    expect(await account.provider.readVolume(boot, call)).toMatchObject({status: 'updating'});
    expect(await account.provider.deleteVolume(boot, call)).toBe('deleted');
  });

  it('is not gone while its API cannot answer', async () => {
    const boot = bootVolumeOf(await makeServer(account.provider));
    account.fault({kind: 'not_found', resource: 'instance_volume', path: '/block/', method: 'GET', times: null});
    await expect(account.provider.readVolume(boot, call)).rejects.toMatchObject({code: 'not_found'});
    account.world.faults.clear();
    account.fault({kind: 'permissions_denied', path: '/block/', times: null});
    await expect(account.provider.deleteVolume(boot, call)).rejects.toMatchObject({code: 'provider_auth'});
    expect(account.world.blockVolumes.size).toBe(1);
  });

  it('of scratch is read and deleted where it lives', async () => {
    const server = await makeServer(account.provider, {instanceType: 'L40S-1-48G'});
    const scratch = server.volumes.find(({volumeType}) => volumeType === 'scratch');
    const ref = {zone, providerId: scratch?.providerId ?? '', volumeType: 'scratch'};
    expect(await account.provider.readVolume(ref, call)).toMatchObject({status: 'in_use', volumeType: 'scratch'});
    expect(await account.provider.deleteVolume(ref, call)).toBe('busy');
    await account.provider.terminateServer(refOf(server), call);
    expect(await account.provider.deleteVolume({...ref, volumeType: ''}, call)).toBe('deleted');
    expect(await account.provider.readVolume({...ref, volumeType: ''}, call)).toBeNull();
  });

  it('is grown by whole gigabytes and never made smaller', async () => {
    const boot = bootVolumeOf(await makeServer(account.provider));
    await account.provider.growVolume(boot, {sizeBytes: 30 * gb + 1, name: 'inventiv-a', tags}, call);
    account.passTime();
    expect(await account.provider.readVolume(boot, call)).toMatchObject({sizeBytes: 31 * gb});
    account.takeJournal();
    await account.provider.growVolume(boot, {sizeBytes: 20 * gb, name: 'inventiv-a', tags}, call);
    expect(account.takeJournal().map(({method}) => method)).toEqual(['GET']);
  });
});

describe('a security group', () => {
  it('lets in nothing but the ports and ranges asked for', async () => {
    const request = {...groupRequest, sourceRanges: ['1.1.1.1/32', '10.0.0.0/8']};
    await account.provider.ensureSecurityGroup(request, call);
    const [create, put] = account.takeJournal().filter(({method}) => method !== 'GET');
    expect(create?.body).toMatchObject({
      stateful: true,
      inbound_default_policy: 'drop',
      outbound_default_policy: 'accept',
    });
    expect(put?.body).toMatchObject({rules: expect.objectContaining({length: 6})});
    await account.provider.ensureSecurityGroup(request, call);
    expect(account.takeJournal().every(({method}) => method === 'GET')).toBe(true);
  });

  it('that somebody opened by hand is closed again', async () => {
    const {providerId} = await account.provider.ensureSecurityGroup(groupRequest, call);
    const wide = {protocol: 'TCP', direction: 'inbound', action: 'accept', ip_range: '0.0.0.0/0', dest_port_from: 5432};
    await post(account.url, `security_groups/${providerId}/rules`, wide);
    account.takeJournal();
    await account.provider.ensureSecurityGroup(groupRequest, call);
    expect(account.takeJournal().filter(({method}) => method === 'PUT')).toHaveLength(1);
    await account.provider.ensureSecurityGroup(groupRequest, call);
    expect(account.takeJournal().filter(({method}) => method === 'PUT')).toHaveLength(0);
  });
});

describe('the inventory', () => {
  it('holds a flexible address of ours, attached or not, and deletes by id', async () => {
    const made = await post(account.url, 'ips', {type: 'routed_ipv4', tags: ['inventiv']});
    const providerId = idIn(made, 'ip');
    expect((await account.provider.listOwned(zone, call)).ips).toMatchObject([{providerId, attachedToServerId: null}]);
    expect(await account.provider.deleteIp({zone, providerId}, call)).toBe('deleted');
    expect((await account.provider.listOwned(zone, call)).ips).toEqual([]);
  });

  it('holds the scratch and the unnamed root of our servers, and nothing of another team', async () => {
    const {serverId} = await addForeignThings(account);
    const server = await makeServer(account.provider, {instanceType: 'L40S-1-48G'});
    const owned = await account.provider.listOwned(zone, call);
    expect(owned.volumes.map(volume => volume.volumeType).sort()).toEqual(['sbs_volume', 'scratch']);
    expect(owned.servers.map(found => found.providerId)).toEqual([server.providerId]);
    expect(JSON.stringify(owned)).not.toContain(serverId);
  });

  it('reads all pages of a hundred, and asks once per page', async () => {
    await makeServer(account.provider);
    const volume = {name: 'v', tags: ['inventiv'], from_empty: {size: gb}};
    for (let number = 0; number < 130; number++) await post(account.url, 'volumes', volume, '/block/v1');
    account.takeJournal();
    const {volumes} = await account.provider.listOwned(zone, call);
    expect(new Set(volumes.map(({providerId}) => providerId)).size).toBe(131);
    const pages = account.takeJournal().filter(({path}) => path.startsWith('/block/'));
    expect(pages.map(({query}) => query.page)).toEqual(['1', '2']);
  });
});

describe('the catalog', () => {
  it('has the GPU types of all pages with exact prices, shapes and the zones that sell them', async () => {
    const {types, availability} = await account.provider.readCatalog(call);
    const h100 = types.find(({name}) => name === 'H100-1-80G');
    expect(h100).toMatchObject({
      gpuModel: 'H100',
      gpuCount: 1,
      vramGibPerGpu: 80,
      vcpus: 24,
      ramGib: 240,
      scratchBytesMax: 3e12,
      computeCapability: 9,
      netGbps: 10,
      pricePerHourNanos: 2_866_500_000,
      zones: ['fr-par-2', 'pl-waw-2'],
      endOfService: false,
      localVolumeAllowed: false,
    });
    expect(types.find(({name}) => name === 'L40S-1-48G')?.pricePerHourNanos).toBe(1_469_916_000);
    expect(types).toHaveLength(17);
    expect(availability.filter(({typeName}) => typeName === 'B300-SXM-2-288G')).toEqual([
      {typeName: 'B300-SXM-2-288G', zone: 'fr-par-2', stock: 'shortage'},
    ]);
  });
});
