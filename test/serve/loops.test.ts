import {expect, it} from 'vitest';
import type {LoopTask} from '../../src/serve/loops/driver.ts';
import {startLoops} from '../../src/serve/loops/driver.ts';
import {ServeMetrics} from '../../src/serve/metrics.ts';
import {FakeClock} from '../support/fake-clock.ts';

const silent = {info: () => {}, warn: () => {}, error: () => {}};

async function start(run: LoopTask['run'], options: {random?: number} = {}) {
  const clock = new FakeClock();
  const metrics = new ServeMetrics();
  const task: LoopTask = {name: 'sweep', intervalMs: 1000, timeoutMs: 60_000, run};
  const driver = startLoops([task], {clock, random: () => options.random ?? 0, metrics, log: silent});
  // With no sleeper yet, the first run has begun and nothing more; let it end.
  await new Promise(resolve => setImmediate(resolve));
  return {clock, metrics, driver};
}

it('runs a task at every interval, reporting the last run', async () => {
  let runs = 0;
  const {clock, driver} = await start(async () => ({processed: ++runs, failed: 0}));
  await clock.advance(3500);
  expect(driver.status()).toMatchObject([
    {name: 'sweep', runs: 4, failures: 0, running: false, lastReport: {processed: 4}},
  ]);
  await driver.stop();
});

it('spreads the first runs over the interval', async () => {
  let runs = 0;
  const {clock, driver} = await start(async () => ({processed: ++runs, failed: 0}), {random: 0.5});
  await clock.advance(499);
  expect(runs).toBe(0);
  await clock.advance(1);
  expect(runs).toBe(1);
  await driver.stop();
});

it('keeps the fault of a run, counts it, and runs again at the next tick', async () => {
  let runs = 0;
  const {clock, driver, metrics} = await start(async () => {
    if (++runs === 1) throw new Error('the provider is down');
    return {processed: 2, failed: 0};
  });
  expect(driver.status()).toMatchObject([
    {runs: 1, failures: 1, lastError: 'the provider is down', lastSuccessAtMs: null},
  ]);
  await clock.advance(1000);
  expect(driver.status()).toMatchObject([{runs: 2, failures: 1, lastError: null}]);
  const {text} = await metrics.render();
  expect(text).toContain('inventiv_loop_runs_total{loop="sweep",result="failed"} 1');
  expect(text).toContain('inventiv_loop_processed_total{loop="sweep"} 2');
  await driver.stop();
});

it('never runs a task twice at once, and waits for the running one when it stops', async () => {
  let running = 0;
  let finish = (): void => {};
  let told = false;
  const {clock, driver} = await start(async signal => {
    running++;
    await new Promise<void>(resolve => {
      finish = resolve;
      signal.addEventListener('abort', () => {
        told = true;
      });
    });
    running--;
    return {processed: 0, failed: 0};
  });
  await clock.advance(10_000);
  expect(running).toBe(1);
  const stopping = driver.stop();
  expect(told).toBe(true);
  finish();
  await stopping;
  expect(running).toBe(0);
});
