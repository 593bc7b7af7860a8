import {expect, it} from 'vitest';
import {watchUsage} from '../../../src/app/loops/watch-usage.ts';
import {aUsageRecord} from '../../contract/store/rows.ts';
import {seededIds} from '../../support/seeded-ids.ts';
import {TestApp} from '../../support/test-app.ts';

/** What readiness asked for itself, as the fake machine answers it. */
const probes = {prompt: 5, completion: 1};

it.each([
  ['equal', {prompt: 15, completion: 6}, {}, 'even', {prompt: 0, completion: 0}],
  ['below the engine', {prompt: 40, completion: 9}, {}, 'engine_more', {prompt: 25, completion: 3}],
  ['above the engine', {prompt: 5, completion: 1}, {}, 'ledger_more', {prompt: -10, completion: -5}],
  [
    'not to be compared by a sample from before its last line',
    {prompt: 5, completion: 1},
    {sampledAtMs: 1},
    'busy',
    {prompt: -10, completion: -5},
  ],
  [
    'not to be compared while requests run',
    {prompt: 30, completion: 6},
    {running: 1},
    'busy',
    {prompt: 15, completion: 0},
  ],
  ['not to be compared with an engine that does not tell', null, {}, 'unknown', null],
] as const)('a ledger is %s', async (_what, counted, load, verdict, difference) => {
  await using app = await TestApp.open();
  const {id, name} = await app.makeReady();
  const row = {clock: app.clock, ids: seededIds(3), scope: app.caller.scope, userId: app.caller.userId};
  await app.store.usage.appendBatch([aUsageRecord(row, {instanceId: id}), aUsageRecord(row, {instanceId: null})]);
  app.machine.load = {running: 0, waiting: 0, tokens: 0, counted, sampledAtMs: app.clock.nowMs() + 1000, ...load};
  const expected = {
    instanceName: name,
    verdict,
    engine: counted,
    ledger: {prompt: 10, completion: 5},
    probes,
    difference,
  };
  expect(await app.client.usage.reconcile({instance: name})).toMatchObject([expected]);
  expect(await app.client.usage.reconcile({})).toMatchObject([expected]);
  const tools = {...app.tools, instances: app.store.instances};
  expect(await watchUsage(tools, new AbortController().signal)).toMatchObject([expected]);
});
