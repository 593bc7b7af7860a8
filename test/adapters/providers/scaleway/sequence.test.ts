import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {
  bootVolumeOf,
  call,
  credentials,
  type FakeAccount,
  gb,
  groupRequest,
  instanceType,
  openFakeAccount,
  refOf,
  tags,
  zone,
} from './support/fake-account.ts';

const instance = `/instance/v1/zones/${zone}`;
const block = `/block/v1/zones/${zone}`;

let account: FakeAccount;
beforeEach(async () => {
  account = await openFakeAccount();
});
afterEach(() => account[Symbol.asyncDispose]());

/** Method and path of each call, ids by name, repeated reads once. */
function callsSince(ids: Readonly<Record<string, string>>): string[] {
  const named = account.takeJournal().map(({method, path}) => {
    const known = Object.entries(ids).reduce((text, [name, id]) => text.replace(id, `{${name}}`), path);
    return `${method} ${known}`;
  });
  return named.filter((text, index) => text !== named[index - 1]);
}

/** The steps of `up`, as the driver calls them. */
async function provision(type = instanceType) {
  const {provider} = account;
  const where = {zone, instanceType: type};
  await provider.preflight(where, call);
  const group = await provider.ensureSecurityGroup(groupRequest, call);
  const request = {...where, name: 'inventiv-test', tags, securityGroupId: group.providerId};
  const server = await provider.ensureServer(request, call);
  const root = bootVolumeOf(server);
  await provider.readVolume(root, call);
  await provider.growVolume(root, {sizeBytes: 200 * gb, name: 'inventiv-test-volume', tags}, call);
  account.passTime();
  const grown = await provider.readVolume(root, call);
  await provider.powerOn(refOf(server), call);
  account.passTime();
  const running = await provider.readServer(refOf(server), call);
  return {
    group,
    server,
    root,
    grown,
    running,
    ids: {group: group.providerId, server: server.providerId, root: root.providerId},
  };
}

describe('the calls that make a machine', () => {
  it('are the validated sequence, each look-up by name before its create', async () => {
    const {ids} = await provision();
    expect(callsSince(ids)).toEqual([
      `GET ${instance}/products/servers`,
      `GET ${instance}/products/servers/availability`,
      'GET /marketplace/v2/local-images',
      'GET /iam/v1alpha1/ssh-keys',
      `GET ${instance}/security_groups`,
      `POST ${instance}/security_groups`,
      `PUT ${instance}/security_groups/{group}/rules`,
      `GET ${instance}/servers`,
      `POST ${instance}/servers`,
      `GET ${block}/volumes/{root}`,
      `PATCH ${block}/volumes/{root}`,
      `GET ${block}/volumes/{root}`,
      `POST ${instance}/servers/{server}/action`,
      `GET ${instance}/servers/{server}`,
    ]);
  });

  it('ask for a server from an image alone, in its group, with an address and no volumes', async () => {
    const {ids} = await provision();
    const create = account.takeJournal().find(({method, path}) => method === 'POST' && path === `${instance}/servers`);
    expect(create?.body).toEqual({
      name: 'inventiv-test',
      commercial_type: instanceType,
      image: expect.stringMatching(/^[0-9a-f-]{36}$/),
      project: credentials.projectId,
      tags,
      dynamic_ip_required: true,
      boot_type: 'local',
      security_group: ids.group,
      protected: false,
    });
  });

  it('take the image of this zone by its label, from block storage', async () => {
    await provision();
    const look = account.takeJournal().find(({path}) => path === '/marketplace/v2/local-images');
    expect(look?.query).toMatchObject({image_label: 'ubuntu_noble_gpu_os_13_nvidia', zone, type: 'instance_sbs'});
  });

  it('grow, name and tag the root in one call, and power on once', async () => {
    const {ids, grown} = await provision();
    const calls = account.takeJournal();
    const patches = calls.filter(({method}) => method === 'PATCH');
    expect(patches.map(({path, body}) => ({path, body}))).toEqual([
      {
        path: `${block}/volumes/${ids.root}`,
        body: {size: 200 * gb, name: 'inventiv-test-volume', tags},
      },
    ]);
    expect(calls.filter(({path}) => path.endsWith('/action')).map(({body}) => body)).toEqual([{action: 'poweron'}]);
    expect(grown).toMatchObject({sizeBytes: 200 * gb, status: 'in_use', iops: 5000});
  });

  it('end with a machine that is reached at its public address', async () => {
    const {running} = await provision();
    expect(running).toMatchObject({state: 'running', address: {sshPort: 22, openaiPort: 8000, agentPort: 8080}});
    expect(running?.address?.host).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
    expect(running?.ipIds).toEqual([]);
  });

  it.each(['L40S-1-48G', 'H100-SXM-2-80G'])('are the same for %s, whose scratch volume is accepted', async type => {
    const {ids, server} = await provision(type);
    expect(callsSince(ids)).toContain(`POST ${instance}/servers/{server}/action`);
    expect(server.volumes.map(volume => [volume.volumeType, volume.isBoot])).toEqual([
      ['sbs_volume', true],
      ['scratch', false],
    ]);
  });
});

describe('the calls that end a machine', () => {
  it('terminate, wait, then delete the volume and the group, and leave nothing', async () => {
    const {provider} = account;
    const {server, root, group, ids} = await provision('L40S-1-48G');
    account.takeJournal();
    expect(await provider.terminateServer(refOf(server), call)).toBe('requested');
    account.passTime();
    expect(await provider.readServer(refOf(server), call)).toBeNull();
    expect(await provider.deleteVolume(root, call)).toBe('deleted');
    expect(await provider.readVolume(root, call)).toBeNull();
    expect(await provider.deleteSecurityGroup({zone, providerId: group.providerId}, call)).toBe('deleted');
    expect(callsSince(ids)).toEqual([
      `GET ${instance}/servers/{server}`,
      `POST ${instance}/servers/{server}/action`,
      `GET ${instance}/servers/{server}`,
      `GET ${block}/volumes/{root}`,
      `DELETE ${block}/volumes/{root}`,
      `GET ${block}/volumes/{root}`,
      `DELETE ${instance}/security_groups/{group}`,
    ]);
    expect(account.inventory()).toMatchObject({empty: true});
  });
});
