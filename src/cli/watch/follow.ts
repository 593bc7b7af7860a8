import type {InstanceView, ProgressView} from '../api-client.ts';
import {interruptedExit, untilAborted} from '../interrupt.ts';
import type {ProgressDisplay} from './progress-view.ts';

/** How a watch ended: every instance settled, the user left (with the exit status of the signal), or the time was up. */
export type WatchEnd =
  | {readonly kind: 'settled'}
  | {readonly kind: 'interrupted'; readonly exitCode: number}
  | {readonly kind: 'timed_out'};

export interface FollowResult {
  /** Each instance as last reported. */
  readonly instances: readonly InstanceView[];
  readonly end: WatchEnd;
}

export interface FollowOptions {
  readonly instances: readonly InstanceView[];
  readonly timeoutMs: number;
  /** Aborts when the user leaves. */
  readonly signal: AbortSignal;
  readonly display: ProgressDisplay;
  /** Opens the progress stream; the signal ends it. */
  open(signal: AbortSignal): PromiseLike<AsyncIterable<ProgressView>>;
}

/** Shows progress until all is settled, the user leaves, or the time is up. Closes the display in every case. */
export async function follow(options: FollowOptions): Promise<FollowResult> {
  const latest = new Map(options.instances.map(instance => [instance.id, instance]));
  const timeout = AbortSignal.timeout(Math.min(options.timeoutMs, timerMsMax));
  const signal = AbortSignal.any([options.signal, timeout]);
  try {
    for await (const progress of untilAborted(await options.open(signal), signal)) {
      latest.set(progress.instance.id, progress.instance);
      options.display.report(progress);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    await options.display.close();
  }

  return {instances: [...latest.values()], end: endOf(options.signal, timeout)};
}

/** Longest delay of a timer: 2^31-1 ms, about 24 days. */
const timerMsMax = 2_147_483_647;

function endOf(user: AbortSignal, timeout: AbortSignal): WatchEnd {
  const exitCode = interruptedExit(user);
  if (exitCode !== null) return {kind: 'interrupted', exitCode};
  return timeout.aborted ? {kind: 'timed_out'} : {kind: 'settled'};
}
