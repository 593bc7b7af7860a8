import {describe, expect, it} from 'vitest';
import {InventivError} from '../../src/core/errors.ts';
import {minuteMs} from '../../src/core/time.ts';
import {startLoops} from '../../src/serve/loops/driver.ts';
import {serveLoops} from '../../src/serve/loops/list.ts';
import {ServeMetrics} from '../../src/serve/metrics.ts';
import {ReconcileBench} from '../app/reconcile/reconcile-bench.ts';
import {healthTools} from '../support/health-tools.ts';

const intervalMs = 10 * minuteMs;

/** The loop as `serve` runs it, and what the metrics say after the ticks. */
async function runTicks(bench: ReconcileBench, ticks: number): Promise<string> {
  const {app} = bench;
  const pool = {pickUp: async () => ({started: 0, driving: 0, waiting: 0}), [Symbol.asyncDispose]: async () => {}};
  const tools = {...app.tools, ...healthTools(app), webhook: null, providerFor: () => bench.provider};
  const tasks = serveLoops(tools, pool).filter(({name}) => name === 'volume-reconciliation');
  expect(tasks).toHaveLength(1);
  const metrics = new ServeMetrics();
  const log = {info: () => {}, warn: () => {}, error: () => {}};
  const loops = startLoops(tasks, {clock: app.clock, random: () => 0, metrics, log});
  const runs = () => loops.status()[0]?.runs ?? 0;
  await app.run(
    (async () => {
      while (runs() < ticks) await app.clock.sleep(1000);
    })(),
  );
  await loops.stop();
  expect(loops.status()[0]?.lastError).toBeNull();
  return (await metrics.render()).text;
}

describe('the reconciliation loop of serve', () => {
  it('tells what leaks, and ends it after its quarantine', async () => {
    await using bench = await ReconcileBench.open();
    const instance = await bench.down(await bench.makeReady());
    bench.addVolumeOf(instance, 'stray');

    expect(await runTicks(bench, 1)).toMatch(/^inventiv_leaked_eur_per_hour{provider="mock",kind="volume"} 0\.0118$/m);
    expect(bench.app.cloud.volumes.has('stray')).toBe(true);
    expect(await bench.app.client.alerts.list({})).toMatchObject([
      {kind: 'orphan', subjectId: 'stray', message: expect.stringMatching(/costs €8\.61 a month for nothing/)},
    ]);
    await bench.app.clock.advance(2 * intervalMs);
    expect(await runTicks(bench, 1)).toMatch(/^inventiv_leaked_eur_per_hour{provider="mock",kind="volume"} 0$/m);
    expect(bench.app.cloud.alive).toEqual([]);
    expect(await bench.app.client.alerts.list({})).toEqual([]);
    expect(await bench.app.client.alerts.list({includeResolved: true})).toMatchObject([
      {kind: 'orphan', resolution: 'it is not there any more'},
    ]);
  });

  it('does not ask a provider that was never used', async () => {
    await using bench = await ReconcileBench.open();
    await runTicks(bench, 1);
    expect(bench.app.cloud.calls).toEqual([]);
  });

  it('does not call it no leak when the provider cannot be asked', async () => {
    await using bench = await ReconcileBench.open();
    const instance = await bench.down(await bench.makeReady());
    bench.addVolumeOf(instance, 'stray');
    bench.app.cloud.fail('listOwned', new InventivError('provider_unavailable', 'HTTP 503'), {times: 99});
    const task = serveLoops(
      {
        ...bench.app.tools,
        ...healthTools(bench.app),
        webhook: null,
        providerFor: () => bench.provider,
      },
      {pickUp: async () => ({started: 0, driving: 0, waiting: 0}), [Symbol.asyncDispose]: async () => {}},
    ).find(({name}) => name === 'volume-reconciliation');
    expect(await task?.run(new AbortController().signal)).toEqual({processed: 0, failed: 1, leaks: []});
  });
});
