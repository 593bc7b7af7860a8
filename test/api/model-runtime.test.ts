import {describe, expect, it} from 'vitest';
import {hourMs} from '../../src/core/time.ts';
import {aUsageRecord} from '../contract/store/rows.ts';
import {TestApp} from '../support/test-app.ts';

describe('models as they run', () => {
  it('have the instances of this moment and the requests of the last day', async () => {
    await using app = await TestApp.open();
    const {spec, gpuCount} = await app.request({name: 'one'});
    const nowMs = app.clock.nowMs();
    const source = {clock: app.clock, ids: app.tools.ids, scope: app.caller.scope, userId: app.caller.userId};
    const {modelHfId} = spec;
    await app.store.usage.appendBatch([
      aUsageRecord(source, {modelHfId, startedAtMs: nowMs - hourMs}),
      aUsageRecord(source, {modelHfId, startedAtMs: nowMs - hourMs, outcome: 'failed'}),
      aUsageRecord(source, {modelHfId, startedAtMs: nowMs - 25 * hourMs}),
    ]);
    const {models} = await app.client.models.runtime({});
    expect(models).toMatchObject([
      {modelHfId, instances: {provisioning: 1}, instanceCount: 1, gpuCount, requests: 2, failed: 1},
    ]);
    expect(models[0]?.vramGib).toBeGreaterThan(0);
    expect((await app.client.models.runtime({sinceMs: nowMs - 26 * hourMs})).models[0]?.requests).toBe(3);
    const elsewhere = app.clientAs({scope: {organizationId: 'org_other'}});
    expect((await elsewhere.models.runtime({})).models).toEqual([]);
    await expect(app.clientAs({role: 'user'}).models.runtime({})).rejects.toMatchObject({code: 'not_allowed'});
  });
});
