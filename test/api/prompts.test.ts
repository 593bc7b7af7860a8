import {describe, expect, it} from 'vitest';
import {promptMaxChars} from '../../src/core/prompts/prompt.ts';
import {TestApp, testModel} from '../support/test-app.ts';

describe('system prompts', () => {
  it('are set by name and found under it, with who and when, and leave an entry in the audit log', async () => {
    await using app = await TestApp.open();
    const {client, store, caller} = app;
    const {key} = await client.keys.create({name: 'laptop'});
    await client.prompts.setModel({model: testModel, text: '  Be brief.\n'});
    await client.prompts.setOrganization({text: 'House rules.'});
    expect(await client.prompts.setKey({key: 'laptop', text: 'Mine.'})).toMatchObject({
      name: 'laptop',
      subject: key.id,
    });
    const listed = await client.prompts.list({});
    expect(listed.map(({level, name, text, createdBy}) => [level, name, text, createdBy])).toEqual([
      ['key', 'laptop', 'Mine.', 'operator'],
      ['model', testModel, 'Be brief.', 'operator'],
      ['organization', caller.scope.organizationId, 'House rules.', 'operator'],
    ]);
    const audit = await store.audit.list(caller.scope, {limit: 10});
    expect(audit.map(({action, subject, details}) => [action, subject, details])).toContainEqual([
      'prompts.set',
      `prompts/model/${testModel}`,
      {version: 1, chars: 9},
    ]);
    // The text may be confidential, and an audit log is for ever.
    expect(JSON.stringify(audit)).not.toContain('Be brief');
  });

  it('go, and come back from their history', async () => {
    await using app = await TestApp.open();
    const {client} = app;
    await client.prompts.setOrganization({text: 'One.'});
    await client.prompts.setOrganization({text: null});
    expect(await client.prompts.list({})).toEqual([]);
    const [first] = await client.prompts.organizationHistory({version: 1});
    await client.prompts.setOrganization({text: first?.text ?? null});
    const history = await client.prompts.organizationHistory({});
    expect(history.map(({version, text}) => [version, text])).toEqual([
      [3, 'One.'],
      [2, null],
      [1, 'One.'],
    ]);
  });

  it.each([
    ['nothing', ' \n ', 'invalid_input'],
    ['too much', 'a'.repeat(promptMaxChars + 1), 'invalid_input'],
    ['half a surrogate pair', 'a\ud83d', 'invalid_input'],
    ['a zero byte', 'a\u0000b', 'invalid_input'],
    ['the end of what never was', null, 'not_found'],
  ])('refuse %s', async (_what, text, code) => {
    await using app = await TestApp.open();
    await expect(app.client.prompts.setOrganization({text})).rejects.toMatchObject({code});
    await expect(app.client.prompts.organizationHistory({})).rejects.toMatchObject({code: 'not_found'});
  });

  it('are changed by those who may change what they belong to', async () => {
    await using app = await TestApp.open();
    await app.client.keys.create({name: 'theirs'});
    const denied = {code: 'not_allowed'};
    for (const role of ['manager', 'user'] as const) {
      const client = app.clientAs({role, userId: 'usr_other'});
      await expect(client.prompts.setModel({model: testModel, text: 'x'})).rejects.toMatchObject(denied);
      await expect(client.prompts.setOrganization({text: 'x'})).rejects.toMatchObject(denied);
      await expect(client.prompts.setKey({key: 'theirs', text: 'x'})).rejects.toMatchObject(denied);
      await expect(client.prompts.keyHistory({key: 'theirs'})).rejects.toMatchObject(denied);
    }

    const admin = app.clientAs({role: 'admin', userId: 'usr_other'});
    expect((await admin.prompts.setKey({key: 'theirs', text: 'x'})).version).toBe(1);
    const owner = app.clientAs({role: 'user'});
    expect((await owner.prompts.setKey({key: 'theirs', text: 'y'})).version).toBe(2);
    await expect(owner.prompts.list({})).rejects.toMatchObject(denied);
  });
});
