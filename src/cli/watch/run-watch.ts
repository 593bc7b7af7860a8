import type {Goal} from '../../ui/live/watched.ts';
import type {Screen} from '../../ui/screen.ts';
import type {InstanceView, ProgressView} from '../api-client.ts';
import {interruptible} from '../interrupt.ts';
import type {Output} from '../output.ts';
import {type FollowResult, follow} from './follow.ts';
import {openDisplay} from './progress-view.ts';

export interface WatchOptions {
  readonly instances: readonly InstanceView[];
  readonly goal: Goal;
  readonly timeoutMs: number;
  readonly out: Output;
  readonly isInteractive: boolean;
  screenNow(): Screen;
  open(signal: AbortSignal): PromiseLike<AsyncIterable<ProgressView>>;
}

/** Opens the display that fits, follows the stream on it, and handles Ctrl-C meanwhile. */
export async function runWatch(options: WatchOptions): Promise<FollowResult> {
  const display = await openDisplay({...options, stdout: process.stdout});
  return await interruptible(async signal => await follow({...options, signal, display}));
}
