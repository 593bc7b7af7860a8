import {describe, expect, it} from 'vitest';
import type {ApiClient} from '../../src/api/local-client.ts';
import {TestApp} from '../support/test-app.ts';

describe('another organization', () => {
  const asks: readonly (readonly [name: string, ask: (client: ApiClient, id: string) => Promise<unknown>])[] = [
    ['show', (client, instance) => client.instances.show({instance})],
    ['actions', (client, instance) => client.instances.actions({instance})],
    ['history', (client, instance) => client.instances.history({instance})],
    ['resources', (client, instance) => client.instances.resources({instance})],
    ['terminate', (client, instance) => client.instances.terminate({instances: [instance]})],
    ['drain', (client, instance) => client.instances.drain({instance})],
    ['archive', (client, instance) => client.instances.archive({instances: [instance]})],
    ['watch', async (client, instance) => Array.fromAsync(await client.instances.watch({instances: [instance]}))],
    ['drive', async (client, instance) => Array.fromAsync(await client.instances.drive({instances: [instance]}))],
    ['logs', async (client, instance) => Array.fromAsync(await client.instances.logs({instance}))],
    ['usage', (client, instance) => client.usage.totals({instance})],
  ];

  it.each(asks)('does not find our instance by %s, neither by id nor by name', async (_name, ask) => {
    await using app = await TestApp.open();
    const {id} = await app.request({name: 'ours'});
    const stranger = app.clientAs({scope: {organizationId: 'org_00000000000000000000000000'}});
    for (const reference of [id, 'ours']) {
      const failed = await ask(stranger, reference).catch((error: unknown) => error);
      expect(failed).toMatchObject({code: 'not_found'});
      expect(JSON.stringify(failed)).not.toContain('Did you mean');
    }

    expect((await app.load(id)).state).toBe('provisioning');
  });

  it('sees none of our lists', async () => {
    await using app = await TestApp.open();
    await app.request({name: 'ours'});
    await app.client.keys.create({name: 'ours'});
    const stranger = app.clientAs({scope: {organizationId: 'org_00000000000000000000000000'}});
    expect(await stranger.instances.list({includeGone: true, includeArchived: true})).toEqual([]);
    expect(await stranger.instances.resources({})).toEqual([]);
    expect(await stranger.keys.list({includeRevoked: true})).toEqual([]);
    await expect(stranger.keys.show({key: 'ours'})).rejects.toMatchObject({code: 'not_found'});
    await expect(stranger.keys.revoke({key: 'ours'})).rejects.toMatchObject({code: 'not_found'});
  });

  it('chats with none of our workers', async () => {
    await using app = await TestApp.open();
    const {spec} = await app.makeReady();
    const stranger = app.clientAs({scope: {organizationId: 'org_00000000000000000000000000'}});
    const chat = async () =>
      Array.fromAsync(
        await stranger.chat.stream({model: spec.servedModelName, messages: [{role: 'user', content: 'hi'}]}),
      );
    const failed = await chat().catch((error: unknown) => error);
    expect(failed).toMatchObject({code: expect.stringMatching(/^(no_capacity|model_not_found)$/)});
    expect(app.upstream.asked).toEqual([]);
  });
});
