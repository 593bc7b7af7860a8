import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import type {Json, JsonObject} from '../../../../support/fake-scaleway/json.ts';
import {at, BLOCK, createServer, type FrozenFake, INSTANCE, startFrozenFake} from './client.ts';

let fake: FrozenFake;

beforeEach(async () => {
  fake = await startFrozenFake();
});

afterEach(() => fake.close());

async function read(path: string, ...where: string[]): Promise<Json> {
  return at(await fake.call('GET', path).then(({body}) => body), ...where);
}

describe('a GPU server', () => {
  it('is born stopped with a 20 GB Block Storage root, and an automatic scratch volume on types that have one', async () => {
    const l4 = at<JsonObject>((await createServer(fake, 'L4-1-24G')).body, 'server');
    expect(l4.state).toBe('stopped');
    expect(Object.keys(at<JsonObject>(l4, 'volumes'))).toEqual(['0']);
    const root = await fake.call('GET', `${BLOCK}/volumes/${at<string>(l4, 'volumes', '0', 'id')}`);
    expect(root.body).toMatchObject({size: 20_000_000_000, status: 'in_use', type: 'sbs_5k'});

    const l40s = at<JsonObject>((await createServer(fake, 'L40S-1-48G')).body, 'server');
    expect(at(l40s, 'volumes', '1')).toMatchObject({volume_type: 'scratch', size: 1_600_000_000_000});
  });

  it('goes from create to terminate in the documented order and leaves only its root volume', async () => {
    const created = await createServer(fake, 'L40S-1-48G');
    expect(created.status).toBe(201);
    const id = at<string>(created.body, 'server', 'id');
    const volume = `${BLOCK}/volumes/${at<string>(created.body, 'server', 'volumes', '0', 'id')}`;
    const server = `${INSTANCE}/servers/${id}`;

    const grown = await fake.call('PATCH', volume, {size: 200_000_000_000, name: 'inventiv-root'});
    expect(grown.body).toMatchObject({status: 'updating', size: 20_000_000_000, name: 'inventiv-root'});
    await fake.advance(5_000);
    expect((await fake.call('GET', volume)).body).toMatchObject({status: 'in_use', size: 200_000_000_000});

    expect((await fake.call('POST', `${server}/action`, {action: 'poweron'})).status).toBe(202);
    const seen: Json[] = [];
    for (let second = 0; second < 25; second += 1) {
      const state = `${await read(server, 'server', 'state')}/${await read(server, 'server', 'state_detail')}`;
      if (seen.at(-1) !== state) seen.push(state);
      await fake.advance(1_000);
    }
    expect(seen).toEqual(['starting/allocating node', 'starting/provisioning node', 'running/booting kernel']);
    expect(await read(server, 'server', 'public_ips', '0')).toMatchObject({family: 'inet', dynamic: true});

    await fake.call('POST', `${server}/action`, {action: 'terminate'});
    expect((await fake.call('DELETE', volume)).status).toBe(412);
    await fake.advance(15_000);
    expect((await fake.call('GET', server)).status).toBe(404);
    expect((await fake.call('GET', volume)).body).toMatchObject({
      status: 'in_use',
      references: [{status: 'detaching'}],
    });
    await fake.advance(1_000);
    expect((await fake.call('GET', volume)).body).toMatchObject({status: 'available', references: []});
    expect(await read('/control/inventory', 'servers')).toEqual([]);
    expect(await read('/control/inventory', 'localVolumes')).toEqual([]);
    expect((await fake.call('DELETE', volume)).status).toBe(204);
    expect(await read('/control/inventory', 'empty')).toBe(true);
  });

  it('refuses terminate while stopped and DELETE while running', async () => {
    const id = at<string>((await createServer(fake, 'L4-1-24G')).body, 'server', 'id');
    const refused = await fake.call('POST', `${INSTANCE}/servers/${id}/action`, {action: 'terminate'});
    expect(refused).toMatchObject({status: 400, body: {type: 'precondition_failed'}});
    await fake.call('POST', `${INSTANCE}/servers/${id}/action`, {action: 'poweron'});
    await fake.advance(30_000);
    const inUse = await fake.call('DELETE', `${INSTANCE}/servers/${id}`);
    expect(inUse).toMatchObject({status: 400, body: {precondition: 'resource_still_in_use'}});
  });

  it('refuses to start with a local root on a type without local storage', async () => {
    await fake.fault({kind: 'local_root'});
    const created = await createServer(fake, 'L4-1-24G');
    expect(at(created.body, 'server', 'volumes', '0', 'volume_type')).toBe('l_ssd');
    const id = at<string>(created.body, 'server', 'id');
    const refused = await fake.call('POST', `${INSTANCE}/servers/${id}/action`, {action: 'poweron'});
    expect(refused.status).toBe(400);
    expect(refused.text).toContain('must be equal to 0GB');
  });
});

describe('the account', () => {
  it('refuses a missing, an unknown and an expired secret key with 401', async () => {
    const path = `${INSTANCE}/servers`;
    const unknown = '99999999-9999-4999-8999-999999999999';
    const reasons: Json[] = [];
    const expired = '88888888-8888-4888-8888-888888888888';
    fake.world.tokens.set(expired, {expired: true});
    const attempts: Record<string, string>[] = [{}, {'X-Auth-Token': unknown}, {'X-Auth-Token': expired}];
    for (const headers of attempts) {
      const answer = await fake.call('GET', path, undefined, headers);
      expect(answer.status).toBe(401);
      reasons.push(at(answer.body, 'reason'));
    }
    expect(reasons).toEqual(['invalid_argument', 'not_found', 'expired']);
  });

  it('has its GPU types past the first page', async () => {
    const first = await fake.call('GET', `${INSTANCE}/products/servers`);
    expect(first.headers.get('content-type')).toBe('application/json');
    expect(first.headers.get('x-total-count')).toBe('135');
    expect(Object.keys(at<JsonObject>(first.body, 'servers'))).not.toContain('L4-1-24G');
    const second = await fake.call('GET', `${INSTANCE}/products/servers?page=2`);
    expect(Object.keys(at<JsonObject>(second.body, 'servers'))).toContain('L4-1-24G');
  });

  it('cuts lists into pages of the size asked for and counts the whole', async () => {
    for (const name of ['a', 'b', 'c']) {
      await fake.call('POST', `${BLOCK}/volumes`, {name, from_empty: {size: 10_000_000_000}});
    }
    const page = await fake.call('GET', `${BLOCK}/volumes?page=2&page_size=2`);
    expect(page.body).toMatchObject({total_count: 3, volumes: [{name: 'c'}]});
    expect(page.headers.get('x-total-count')).toBeNull();
  });

  it('reports the address of the real SSH server for every server when told to', async () => {
    await fake.call('POST', '/control/ssh-target', {address: '127.0.0.1', port: 2222});
    const id = at<string>((await createServer(fake, 'L4-1-24G')).body, 'server', 'id');
    await fake.call('POST', `${INSTANCE}/servers/${id}/action`, {action: 'poweron'});
    await fake.advance(30_000);
    expect(await read(`${INSTANCE}/servers/${id}`, 'server', 'public_ip', 'address')).toBe('127.0.0.1');
    expect(await read('/control/ssh-target', 'port')).toBe(2222);
  });

  it('refuses an unknown zone, type, project and image, each in its own way', async () => {
    const unknown = '77777777-7777-4777-8777-777777777777';
    expect(await fake.call('GET', '/instance/v1/zones/mars-1/servers')).toMatchObject({
      status: 400,
      body: {details: [{argument_name: 'zone'}]},
    });
    expect(await createServer(fake, 'L4-9000')).toMatchObject({
      status: 400,
      body: {details: [{argument_name: 'commercial_type'}]},
    });
    expect(await createServer(fake, 'L4-1-24G', {project: unknown})).toMatchObject({
      status: 404,
      body: {resource: 'project_id', resource_id: unknown},
    });
    expect(await createServer(fake, 'L4-1-24G', {image: unknown})).toMatchObject({
      status: 404,
      body: {resource: 'instance_image'},
    });
    expect(fake.world.servers.size).toBe(0);
  });

  it('keeps a journal of API calls without the secret key, and leaves control calls out of it', async () => {
    await fake.call('GET', `${INSTANCE}/servers?name=x`);
    const journal = await fake.call('GET', '/control/journal');
    expect(at<JsonObject[]>(journal.body, 'calls')).toMatchObject([
      {method: 'GET', path: `${INSTANCE}/servers`, query: {name: 'x'}, status: 200, fault: null},
    ]);
    expect(journal.text).not.toContain('11111111-2222');
  });
});
