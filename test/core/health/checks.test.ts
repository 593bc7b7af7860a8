import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {chooseCheck} from '../../../src/core/health/choose-check.ts';
import {conditionsOf} from '../../../src/core/health/conditions.ts';
import {judgeWorker, type WorkerSigns} from '../../../src/core/health/judge-worker.ts';
import {freshMemory, type HealthMemory} from '../../../src/core/health/memory.ts';
import {healthDefaults as settings} from '../../../src/core/health/settings.ts';
import {hourMs, minuteMs, secondMs} from '../../../src/core/time.ts';
import {someInstance} from '../../support/instances.ts';

const nowMs = 1_900_000_000_000;
const ready = someInstance({state: 'ready', readyAtMs: nowMs - hourMs, lastSeenAtMs: nowMs - secondMs});

function signs(overrides: Partial<WorkerSigns> = {}): WorkerSigns {
  return {isAlive: true, seenAtMs: nowMs, running: 0, tokens: 100, agent: null, warmUpAnswered: null, ...overrides};
}

/** A history of looks, five seconds apart, from the same worker. */
function fold(looks: readonly Partial<WorkerSigns>[], from: HealthMemory = freshMemory) {
  let memory = from;
  let verdict = '';
  for (const [index, look] of looks.entries()) {
    const atMs = nowMs + index * 5 * secondMs;
    ({memory, verdict} = judgeWorker(ready, memory, signs({seenAtMs: atMs, ...look}), settings, atMs));
  }

  return {memory, verdict};
}

describe('the way a worker is looked at', () => {
  const open = {breaker: {openedAtMs: 1, reason: 'x'}};
  const closed = {breaker: null};
  const later = {...freshMemory, nextCheckAtMs: nowMs + 10 * secondMs};
  it.each([
    ['a heartbeat of 29 seconds ago wins over a probe', closed, freshMemory, nowMs - 29 * secondMs, 'heartbeat'],
    ['one of 30 seconds ago does not', closed, freshMemory, nowMs - 30 * secondMs, 'probe'],
    ['no heartbeat at all', closed, freshMemory, null, 'probe'],
    ['asked a moment ago', closed, later, null, 'cached'],
    ['an open breaker', open, freshMemory, null, 'left_alone'],
    ['an open breaker and a heartbeat, which costs nothing', open, later, nowMs - secondMs, 'heartbeat'],
    ['a heartbeat from the future, after the clock went back', closed, freshMemory, nowMs + hourMs, 'probe'],
    ['a next check from the future', closed, {...freshMemory, nextCheckAtMs: nowMs + hourMs}, null, 'probe'],
  ] as const)('%s', (_what, instance, memory, heartbeatAtMs, kind) => {
    expect(chooseCheck(instance, memory, heartbeatAtMs, settings, nowMs)).toBe(kind);
  });
});

describe('a silent worker', () => {
  it('is asked again after 5, 10, 20, 40 and then every 60 seconds', () => {
    let memory = freshMemory;
    const dead = {...ready, state: 'worker_dead' as const};
    const pauses: number[] = [];
    for (let times = 0; times < 7; times++) {
      ({memory} = judgeWorker(dead, memory, signs({isAlive: false}), settings, nowMs));
      pauses.push((memory.nextCheckAtMs - nowMs) / secondMs);
    }

    expect(pauses).toEqual([5, 10, 20, 40, 60, 60, 60]);
  });

  it('is asked once more at the very moment when it would be dead', () => {
    const memory = {...freshMemory, failures: 9, lastOkAtMs: nowMs - settings.workerDeadAfterMs + 7 * secondMs};
    const seen = {...ready, lastSeenAtMs: memory.lastOkAtMs};
    const judged = judgeWorker(seen, memory, signs({isAlive: false}), settings, nowMs);
    expect([judged.verdict, judged.memory.nextCheckAtMs - nowMs]).toEqual(['silent', 7 * secondMs]);
  });

  it('opens its breaker after too many failures, once it is dead', () => {
    const memory = {...freshMemory, failures: settings.breakerFailuresMax - 1};
    const dead = {...ready, state: 'worker_dead' as const};
    expect(judgeWorker(dead, memory, signs({isAlive: false}), settings, nowMs).verdict).toBe('tripped');
  });
});

describe('a wedged engine', () => {
  const looks = (look: Partial<WorkerSigns>) => Array.from({length: 50}, () => look);

  it('is one whose requests run while its counters stand still', () => {
    expect(fold(looks({running: 3, tokens: 100})).verdict).toBe('wedged');
  });

  it.each([
    ['idle', {running: 0, tokens: 100}],
    ['not saying how much runs', {running: null, tokens: 100}],
    ['not saying its tokens', {running: 3, tokens: null}],
  ])('is never one that is %s: missing is not zero', (_what, look) => {
    expect(fold(looks(look)).verdict).toBe('healthy');
  });

  it('is never one whose tokens move now and then', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({min: 1, max: 5}), {minLength: 10, maxLength: 40}), steps => {
        let tokens = 0;
        // Within any three minutes there are 36 looks: a step at every 30th at least.
        const history = Array.from({length: 120}, (_, index) => {
          if (index % 30 === 0) tokens += steps[index % steps.length] ?? 1;
          return {running: 2, tokens};
        });
        expect(fold(history).verdict).toBe('healthy');
      }),
      {numRuns: 20},
    );
  });

  it('answers a request again before it is trusted', () => {
    const wedged = {...freshMemory, tokens: 100, wedgedAtTokens: 100};
    const dead = {...ready, state: 'worker_dead' as const};
    const look = (overrides: Partial<WorkerSigns>) =>
      judgeWorker(dead, wedged, signs(overrides), settings, nowMs).verdict;
    expect(look({tokens: 100})).toBe('held');
    expect(look({tokens: 100, warmUpAnswered: false})).toBe('held');
    expect(look({tokens: 100, warmUpAnswered: true})).toBe('recovered');
    expect(look({tokens: 101})).toBe('recovered');
  });
});

describe('conditions', () => {
  const kinds = (instance: typeof ready, memory: HealthMemory) =>
    conditionsOf(instance, memory, settings, nowMs).map(({kind}) => kind);

  it('tell a crash loop by counters that began anew', () => {
    const restarts = [100, 0, 50, 0, 50, 0].map(tokens => ({tokens}));
    expect(kinds(ready, fold(restarts).memory)).toEqual(['crash_loop']);
    expect(kinds(ready, fold(restarts.slice(0, 4)).memory)).toEqual([]);
  });

  it('tell an agent that is not the installed one, and nothing while none has said who it is', () => {
    const instance = {...ready, agentSha256: 'installed'};
    expect(kinds(instance, freshMemory)).toEqual([]);
    expect(kinds(instance, {...freshMemory, agent: {version: '9', sha256: 'other'}})).toEqual(['agent_mismatch']);
    expect(kinds(instance, {...freshMemory, agent: {version: '1', sha256: 'installed'}})).toEqual([]);
  });

  it('say what is wrong and what to type', () => {
    const dead = {...ready, state: 'worker_dead' as const, breaker: {openedAtMs: 1, reason: 'too often'}};
    const told = conditionsOf(
      dead,
      {...freshMemory, deathsAtMs: [1, 2, 3].map(m => nowMs - m * minuteMs)},
      settings,
      nowMs,
    );
    expect(told.map(({kind}) => kind)).toEqual(['dead_worker', 'flapping_worker', 'breaker_open']);
    for (const {message, hint} of told) {
      expect(message).toContain('one');
      expect(hint).toContain('inventiv');
    }
  });
});
