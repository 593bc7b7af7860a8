import {describe, expect, it} from 'vitest';
import {minuteMs, secondMs} from '../../src/core/time.ts';
import type {TimelineEntry} from './drill.ts';
import {scenarios} from './scenarios.ts';

/** How late a check may see what became true between two ticks. */
const tickMs = 5 * secondMs;

async function run(name: string): Promise<readonly TimelineEntry[]> {
  const scenario = scenarios.find(each => each.name === name);
  if (scenario === undefined) throw new Error(`no scenario ${name}`);
  return await scenario.run();
}

/** When it was told for the n-th time. */
function at(timeline: readonly TimelineEntry[], text: string, times = 1): number {
  const found = timeline.filter(({what}) => what.includes(text))[times - 1];
  if (found === undefined) throw new Error(`"${text}" is not in:\n${timeline.map(({what}) => what).join('\n')}`);
  return found.afterMs;
}

function count(timeline: readonly TimelineEntry[], text: string): number {
  return timeline.filter(({what}) => what.includes(text)).length;
}

function expectWithinTick(actualMs: number, expectedMs: number): void {
  expect(actualMs).toBeGreaterThanOrEqual(expectedMs);
  expect(actualMs).toBeLessThanOrEqual(expectedMs + tickMs);
}

/** Each plays up to an hour and a half in steps of five seconds, on a real store. */
const slowMachineMs = 60_000;

describe('the timeline of', {timeout: slowMachineMs}, () => {
  it('a dead worker: dead at the threshold, told in the same check, back within one', async () => {
    const timeline = await run('dead worker');
    expectWithinTick(at(timeline, 'ready -> worker_dead'), 5 * minuteMs);
    expect(at(timeline, 'alert.raised dead_worker')).toBe(at(timeline, 'ready -> worker_dead'));
    expectWithinTick(at(timeline, 'worker_dead -> ready'), at(timeline, '(the worker is back)'));
    expect(at(timeline, 'alert.resolved dead_worker')).toBe(at(timeline, 'worker_dead -> ready'));
    expect(timeline).toHaveLength(5);
  });

  it('a dead engine: looked at, reinstalled at once, ready again', async () => {
    const timeline = await run('dead engine, reinstalled');
    expectWithinTick(at(timeline, 'ready -> worker_dead'), 5 * minuteMs);
    expect(at(timeline, 'its engine has ended')).toBe(at(timeline, 'ready -> worker_dead'));
    expect(count(timeline, 'alert.raised dead_worker')).toBe(1);
    expect(at(timeline, 'starting -> ready')).toBeLessThan(7 * minuteMs);
    expect(count(timeline, 'alert.resolved dead_worker')).toBe(1);
  });

  it('a wedged worker: treated as dead though it says it is healthy, back when tokens move', async () => {
    const timeline = await run('wedged worker');
    expectWithinTick(at(timeline, 'ready -> worker_dead: wedged'), 3 * minuteMs);
    expect(at(timeline, 'alert.raised wedged_worker')).toBe(at(timeline, 'ready -> worker_dead'));
    expect(count(timeline, 'dead_worker')).toBe(0);
    expectWithinTick(at(timeline, 'worker_dead -> ready'), at(timeline, '(tokens move again)'));
  });

  it('a flapping worker: from the third death on it must be well for five minutes', async () => {
    const timeline = await run('flapping worker');
    expect(count(timeline, 'ready -> worker_dead')).toBe(3);
    expect(at(timeline, 'alert.raised flapping_worker')).toBe(at(timeline, 'ready -> worker_dead', 3));
    for (const times of [1, 2]) {
      expectWithinTick(at(timeline, 'worker_dead -> ready', times), at(timeline, `(back, time ${times})`));
    }

    expectWithinTick(at(timeline, 'worker_dead -> ready', 3), at(timeline, '(back, time 3)') + 5 * minuteMs);
    expect(count(timeline, 'alert.resolved flapping_worker')).toBe(1);
  });

  it('a stuck load: told, left alone while its log grows, begun again when nothing moves', async () => {
    const timeline = await run('stuck load');
    expect(at(timeline, 'alert.raised stuck_instance')).toBeLessThanOrEqual(15 * minuteMs + tickMs);
    const stoppedMs = at(timeline, '(the log stops growing)');
    expect(at(timeline, 'starting -> installing: stuck')).toBeGreaterThan(stoppedMs);
    expect(at(timeline, 'starting -> installing: stuck')).toBeLessThan(stoppedMs + 20 * minuteMs);
    expect(count(timeline, 'starting -> installing')).toBe(1);
    expect(count(timeline, 'starting -> ready')).toBe(1);
    expect(count(timeline, 'alert.raised')).toBe(count(timeline, 'alert.resolved'));
  });

  it('a late heartbeat: back to booting within a check, and through all of the start again', async () => {
    const timeline = await run('late heartbeat');
    expectWithinTick(at(timeline, 'startup_failed -> booting'), at(timeline, '(the first heartbeat)'));
    const path = ['booting -> installing', 'installing -> starting', 'starting -> ready'];
    expect(path.map(step => count(timeline, step))).toEqual([1, 1, 1]);
  });

  it('a hopeless worker: three reinstallations, then it is left alone and told', async () => {
    const timeline = await run('hopeless worker');
    expect(count(timeline, 'worker_dead -> installing')).toBe(3);
    expect(at(timeline, 'alert.raised breaker_open')).toBe(at(timeline, 'ready -> worker_dead', 4));
  });
});
