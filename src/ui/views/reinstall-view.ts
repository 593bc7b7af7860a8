import type {InstanceShape} from '../shapes.ts';
import {stateText} from '../words.ts';

/** What `reinstall` will do. Shown before the question. */
export function renderReinstall(
  {name, model, state}: InstanceShape,
  {now, onFailure}: {now: boolean; onFailure: 'keep' | 'terminate'},
): string {
  const first =
    state !== 'ready'
      ? `${name} is ${stateText(state)}`
      : now
        ? `${name} is ready: requests that run on it are cut off`
        : `${name} gets no new requests, and those that run on it end first`;
  const last =
    onFailure === 'terminate'
      ? 'If it does not become ready again, it is taken down (it was started with --on-failure terminate).'
      : 'If it does not become ready again, the machine is kept for a while.';
  return `${first}. Then engine and agent are installed anew and ${model} is loaded; until then it answers nothing.\n${last}`;
}
