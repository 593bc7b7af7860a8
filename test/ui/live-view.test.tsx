import {renderToString} from 'ink';
import {cleanup, render} from 'ink-testing-library';
import {afterEach, describe, expect, it} from 'vitest';
import {LiveView} from '../../src/ui/live/live-view.tsx';
import {startWatching, type WatchedAll, withProgress} from '../../src/ui/live/watched.ts';
import {textWidth} from '../../src/ui/text.ts';
import {actionOf, instanceOf, nowMs, progressOf, screenOf, secondsAgo, startingInstance} from './view-data.ts';

afterEach(cleanup);

function frame(watched: WatchedAll, columns: number, goal: 'ready' | 'terminated' = 'ready'): string {
  return renderToString(<LiveView watched={watched} goal={goal} screen={screenOf(columns)} tick={0} />, {columns});
}

function widest(text: string): number {
  return Math.max(...text.split('\n').map(textWidth));
}

function oneStarting(): WatchedAll {
  const instance = startingInstance();
  const created = withProgress(startWatching([instance], nowMs), progressOf(instance, actionOf()), nowMs);
  const running = actionOf({
    type: 'WORKER_SSH_INSTALL',
    status: 'in_progress',
    startedAt: secondsAgo(72),
    finishedAt: null,
    durationMs: null,
  });
  return withProgress(created, progressOf(instance, running, 45_000), nowMs);
}

describe('the live view of one instance', () => {
  it('shows bar, steps, activity, elapsed time, time left and cost', async () => {
    await expect(`${frame(oneStarting(), 80)}\n`).toMatchFileSnapshot('golden/live-one.80.txt');
  });

  it('stops advising on Ctrl-C once it is ready', () => {
    const ready = withProgress(oneStarting(), progressOf(instanceOf()), nowMs);
    expect(frame(ready, 80)).not.toContain('Ctrl-C');
    expect(frame(ready, 80)).toContain('100%');
  });

  it('shows step and time of a teardown, and no bar', () => {
    const instance = instanceOf({state: 'terminating', progressPercent: 0, createdAt: secondsAgo(86_400)});
    const stopping = actionOf({type: 'PROVIDER_STOP', status: 'in_progress', durationMs: null});
    const watched = withProgress(startWatching([instance], nowMs - 4000), progressOf(instance, stopping), nowMs);
    expect(frame(watched, 80, 'terminated')).toContain('step 2 of 7 · 4.0s elapsed');
    expect(frame(watched, 80, 'terminated')).not.toContain('%');
  });
});

describe('the live view of eight instances', () => {
  const states = [
    instanceOf({name: 'fleet-1'}),
    startingInstance({name: 'fleet-2', activity: 'provider volume resize'}),
    instanceOf({
      name: 'fleet-3',
      state: 'provisioning_failed',
      readyAt: null,
      progressPercent: 0,
      failure: {
        code: 'no_capacity',
        errorCode: 'no_capacity',
        message: 'no L4-1-24G is free in fr-par-2, and this sentence is long',
        hint: null,
        at: secondsAgo(1),
      },
    }),
    ...[4, 5, 6, 7].map(number => startingInstance({name: `fleet-${number}`})),
    startingInstance({name: 'fleet-with-a-very-long-name-8'}),
  ].map((instance, index) => ({...instance, id: `ins_${index}`}));

  it.each([80, 200])('gives each a line that fits %i columns', async columns => {
    const text = frame(startWatching(states, nowMs), columns);
    expect(widest(text)).toBeLessThanOrEqual(columns);
    await expect(`${text}\n`).toMatchFileSnapshot(`golden/live-many.${columns}.txt`);
  });

  it('tells the step of each teardown', () => {
    const going = states.slice(0, 2).map(each => ({...each, state: 'terminating' as const, activity: null}));
    const [first] = going;
    if (first === undefined) throw new Error('there are two');
    const stopping = actionOf({type: 'PROVIDER_STOP', status: 'in_progress', durationMs: null});
    const watched = withProgress(startWatching(going, nowMs), progressOf(first, stopping), nowMs);
    const text = frame(watched, 80, 'terminated');
    expect(text).toMatch(/fleet-1 .*step 2 of 7: stopping the server/);
    expect(text).toMatch(/fleet-2 .*step 1 of 7: terminating/);
  });

  it('puts an action without words of its own into words', () => {
    expect(frame(startWatching(states, nowMs), 200)).toContain('sizing the disk');
  });
});

describe('a redrawn view', () => {
  it('turns its spinner and leaves the rest as it was', () => {
    const props = {watched: oneStarting(), goal: 'ready', screen: screenOf(80)} as const;
    const view = render(<LiveView {...props} tick={0} />);
    const first = view.lastFrame();
    view.rerender(<LiveView {...props} tick={1} />);
    expect(first).toContain('⠋ installing');
    expect(view.lastFrame()).toBe(first?.replace('⠋', '⠙'));
  });
});

describe('what is watched', () => {
  it('replaces an action by its later report instead of listing it twice', () => {
    const instance = startingInstance();
    const begun = withProgress(
      startWatching([instance], nowMs),
      progressOf(instance, actionOf({status: 'in_progress'})),
      nowMs,
    );
    const ended = withProgress(begun, progressOf(instance, actionOf()), nowMs);
    expect(ended.get(instance.id)?.actions.map(action => action.status)).toEqual(['success']);
  });
});
