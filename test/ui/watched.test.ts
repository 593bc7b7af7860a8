import {describe, expect, it} from 'vitest';
import {instanceStates} from '../../src/core/instance/state.ts';
import {progressBar} from '../../src/ui/live/bar.ts';
import {
  costNowNanos,
  elapsedMs,
  etaNowMs,
  outcomeOf,
  startWatching,
  teardownStepText,
  withProgress,
} from '../../src/ui/live/watched.ts';
import {unicodeSymbols} from '../../src/ui/screen.ts';
import type {ActionShape, InstanceShape} from '../../src/ui/shapes.ts';
import {actionOf, instanceOf, nowMs, progressOf, secondsAgo, startingInstance} from './view-data.ts';

function watchedOf(instance = startingInstance(), etaMs: number | null = null) {
  const watched = withProgress(startWatching([instance], nowMs), progressOf(instance, null, etaMs), nowMs).get(
    instance.id,
  );
  if (watched === undefined) throw new Error('it is watched');
  return watched;
}

describe('between two reports', () => {
  it('counts the time left down, never below zero', () => {
    const watched = watchedOf(startingInstance(), 45_000);
    expect(etaNowMs(watched, nowMs + 5000)).toBe(40_000);
    expect(etaNowMs(watched, nowMs + 60_000)).toBe(0);
    expect(etaNowMs(watchedOf(), nowMs)).toBeNull();
  });

  it('lets the cost grow by the price while the provider charges', () => {
    expect(costNowNanos(watchedOf(), nowMs + 3_600_000)).toBe(39_375_000 + 787_500_000);
  });

  it('adds nothing before charging began, nor after it ended', () => {
    expect(costNowNanos(watchedOf(startingInstance({costSoFarNanos: 0})), nowMs + 3_600_000)).toBe(0);
    expect(costNowNanos(watchedOf(instanceOf({state: 'terminated'})), nowMs + 3_600_000)).toBe(39_375_000);
  });

  it('stands still when the clock goes backwards', () => {
    expect(costNowNanos(watchedOf(), nowMs - 60_000)).toBe(39_375_000);
    expect(etaNowMs(watchedOf(startingInstance(), 45_000), nowMs - 60_000)).toBe(45_000);
  });

  it('measures a teardown from when it was watched, not from the creation', () => {
    const watched = watchedOf(instanceOf({state: 'terminating', createdAt: secondsAgo(86_400)}));
    expect(elapsedMs(watched, 'terminated', nowMs + 4000)).toBe(4000);
    expect(elapsedMs(watchedOf(), 'ready', nowMs)).toBe(180_000);
  });
});

describe('the step of a teardown', () => {
  const stepOf = (state: InstanceShape['state'], ...types: ActionShape['type'][]) =>
    teardownStepText(
      instanceOf({state}),
      types.map(type => actionOf({type})),
    );

  it('is the furthest of its steps that was begun, whatever else is told', () => {
    expect(stepOf('terminating')).toBe('step 1 of 7');
    expect(stepOf('terminating', 'PROVIDER_CREATE', 'REQUEST_TERMINATE')).toBe('step 1 of 7');
    expect(stepOf('terminating', 'PROVIDER_TERMINATE', 'PROVIDER_STOP')).toBe('step 3 of 7');
    expect(stepOf('terminating', 'TERMINATION_CONFIRMED')).toBe('step 7 of 7');
  });

  it('is the last once all is gone, and none before it is torn down', () => {
    expect(stepOf('terminated')).toBe('step 7 of 7');
    expect(stepOf('ready', 'PROVIDER_CREATE')).toBeNull();
    expect(stepOf('startup_failed')).toBeNull();
  });
});

describe('outcomeOf', () => {
  it.each(instanceStates)('decides %s for both goals', state => {
    const ready = outcomeOf({state, failure: null}, 'ready');
    const gone = outcomeOf({state, failure: null}, 'terminated');
    expect(ready === 'arrived').toBe(state === 'ready');
    expect(gone === 'arrived').toBe(state === 'terminated' || state === 'archived');
    expect(gone).not.toBe('failed');
  });

  it('takes an instance that is being torn down for one that will not be ready', () => {
    expect(outcomeOf({state: 'terminating', failure: null}, 'ready')).toBe('failed');
  });
});

describe('progressBar', () => {
  it('is full only at 100 and empty only at 0', () => {
    expect(progressBar(0, 10, unicodeSymbols).full).toBe('');
    expect(progressBar(1, 10, unicodeSymbols).full).toHaveLength(1);
    expect(progressBar(99, 10, unicodeSymbols).full).toHaveLength(9);
    expect(progressBar(100, 10, unicodeSymbols)).toEqual({full: '█'.repeat(10), empty: ''});
  });
});
