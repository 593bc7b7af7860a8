import {describe, expect, it} from 'vitest';
import type {InstanceView, ProgressView} from '../../src/cli/api-client.ts';
import {Interrupted, interruptedExit, untilAborted} from '../../src/cli/interrupt.ts';
import {follow} from '../../src/cli/watch/follow.ts';
import {errorCodeOf, exitOf, sortOutcomes} from '../../src/cli/watch/outcome.ts';
import {instanceOf, progressOf, secondsAgo, startingInstance} from '../ui/view-data.ts';

const starting: InstanceView = startingInstance();
const ready: InstanceView = instanceOf();
const noTimeoutMs = 60_000;

function displayThatCounts() {
  const seen: string[] = [];
  let closed = 0;
  return {
    seen,
    closed: () => closed,
    report: ({instance}: ProgressView) => void seen.push(instance.state),
    close: async () => void closed++,
  };
}

async function* reports(...states: InstanceView[]): AsyncGenerator<ProgressView> {
  for (const instance of states) yield progressOf(instance) as ProgressView;
}

describe('follow', () => {
  it('reports until the stream ends, and gives each instance as last reported', async () => {
    const display = displayThatCounts();
    const result = await follow({
      instances: [starting],
      timeoutMs: noTimeoutMs,
      signal: new AbortController().signal,
      display,
      open: async () => reports(starting, ready),
    });
    expect(result).toEqual({instances: [ready], end: {kind: 'settled'}});
    expect(display.seen).toEqual(['installing', 'ready']);
    expect(display.closed()).toBe(1);
  });

  it('ends with the status of the signal when the user leaves, though the stream says nothing', async () => {
    const user = new AbortController();
    const display = displayThatCounts();
    const following = follow({
      instances: [starting],
      timeoutMs: noTimeoutMs,
      signal: user.signal,
      display,
      open: async signal => {
        user.abort(new Interrupted('SIGINT'));
        return endsOnAbort(signal);
      },
    });
    expect(await following).toEqual({instances: [starting], end: {kind: 'interrupted', exitCode: 130}});
    expect(display.closed()).toBe(1);
  });

  it('ends when the time is up', async () => {
    const display = displayThatCounts();
    const result = await follow({
      instances: [starting],
      timeoutMs: 1,
      signal: new AbortController().signal,
      display,
      open: async signal => endsOnAbort(signal),
    });
    expect(result.end).toEqual({kind: 'timed_out'});
  });

  it('closes the display before it passes an error on', async () => {
    const display = displayThatCounts();
    const broken = follow({
      instances: [starting],
      timeoutMs: noTimeoutMs,
      signal: new AbortController().signal,
      display,
      open: async () => Promise.reject(new Error('store gone')),
    });
    await expect(broken).rejects.toThrow('store gone');
    expect(display.closed()).toBe(1);
  });
});

describe('untilAborted', () => {
  it('lets the source end in good order', async () => {
    const controller = new AbortController();
    let released = false;
    async function* source() {
      try {
        yield 1;
        await aborted(controller.signal);
      } finally {
        released = true;
      }
    }

    for await (const _ of untilAborted(source(), controller.signal)) controller.abort();
    expect(released).toBe(true);
  });

  it('takes nothing from a source when it was aborted before', async () => {
    const controller = new AbortController();
    controller.abort(new Interrupted('SIGTERM'));
    for await (const _ of untilAborted(reports(ready), controller.signal)) expect.unreachable();
    expect(interruptedExit(controller.signal)).toBe(143);
  });

  it('passes on a failure of the source', async () => {
    async function* failing(): AsyncGenerator<number> {
      yield 1;
      throw new Error('broken');
    }

    const reading = (async () => {
      for await (const _ of untilAborted(failing(), new AbortController().signal)) void _;
    })();
    await expect(reading).rejects.toThrow('broken');
  });
});

describe('the exit status of up and down', () => {
  const failed = (code: string, errorCode = code) =>
    instanceOf({state: 'startup_failed', failure: {code, errorCode, message: 'm', hint: null, at: secondsAgo(1)}});
  const statusOf = (...instances: ReturnType<typeof instanceOf>[]) =>
    exitOf(errorCodeOf(sortOutcomes(instances, 'ready')));

  it('is 0 only when all are ready', () => {
    expect(statusOf(ready, ready)).toBe(0);
    expect(statusOf(ready, starting)).toBe(7);
  });

  it('is that of the one cause when all failed for it', () => {
    expect(statusOf(failed('no_capacity'))).toBe(6);
    expect(statusOf(failed('no_capacity'), failed('no_capacity'))).toBe(6);
    expect(statusOf(failed('timed_out'))).toBe(7);
  });

  it('is 1 for a failed instance, and for several causes', () => {
    expect(statusOf(failed('CUDA_OOM', 'instance_failed'))).toBe(1);
    expect(statusOf(failed('no_capacity'), failed('timed_out'))).toBe(1);
    expect(statusOf(instanceOf({state: 'terminated'}))).toBe(1);
  });

  it('is 8 when some of several failed', () => {
    expect(statusOf(failed('no_capacity'), ready)).toBe(8);
    expect(statusOf(failed('no_capacity'), starting)).toBe(8);
  });

  it('takes a gone instance for success when that was the goal', () => {
    expect(errorCodeOf(sortOutcomes([instanceOf({state: 'archived'})], 'terminated'))).toBeNull();
    expect(errorCodeOf(sortOutcomes([instanceOf({state: 'terminating'})], 'terminated'))).toBe('timed_out');
  });
});

/** A stream without news that ends when it is told to. */
async function* endsOnAbort(signal: AbortSignal): AsyncGenerator<ProgressView> {
  await aborted(signal);
  yield* reports();
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise(resolve => signal.addEventListener('abort', resolve, {once: true}));
}
