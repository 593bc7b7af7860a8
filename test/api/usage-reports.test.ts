import {describe, expect, it} from 'vitest';
import {aUsageRecord} from '../contract/store/rows.ts';
import {TestApp} from '../support/test-app.ts';

describe('usage over time', () => {
  it('is told by name, hour by hour', async () => {
    await using app = await TestApp.open();
    const {key} = await app.client.keys.create({name: 'laptop'});
    const nowMs = app.clock.nowMs();
    const source = {clock: app.clock, ids: app.tools.ids, scope: app.caller.scope, userId: app.caller.userId};
    await app.store.usage.appendBatch([
      aUsageRecord(source, {keyId: key.id, startedAtMs: nowMs - 1}),
      aUsageRecord(source, {keyId: 'key_gone', startedAtMs: nowMs - 1}),
    ]);
    const series = await app.client.usage.series({fromMs: nowMs - 10, untilMs: nowMs, by: 'key'});
    expect(series).toMatchObject({step: 'hour', by: 'key'});
    expect(series.points.map(({name, requests}) => [name, requests]).toSorted()).toEqual([
      ['key_gone', 1],
      ['laptop', 1],
    ]);
    await expect(app.client.usage.series({fromMs: 0})).rejects.toMatchObject({code: 'invalid_input'});
    await expect(app.clientAs({role: 'user'}).usage.series({fromMs: 0})).rejects.toMatchObject({code: 'not_allowed'});
  });

  it('is exported whole, in pages', async () => {
    await using app = await TestApp.open();
    const source = {clock: app.clock, ids: app.tools.ids, scope: app.caller.scope, userId: app.caller.userId};
    const startedAtMs = app.clock.nowMs() - 1;
    const records = Array.from({length: 2001}, () => aUsageRecord(source, {startedAtMs}));
    await app.store.usage.appendBatch(records);
    const sizes: number[] = [];
    for await (const page of await app.client.usage.export({})) sizes.push(page.length);
    expect(sizes).toEqual([1000, 1000, 1]);
  });
});
