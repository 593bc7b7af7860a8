import type {Action} from '../core/instance/action.ts';
import {isDrainedForReinstall, openAction} from '../core/instance/decide.ts';
import type {InstanceState} from '../core/instance/state.ts';
import {isMoving} from '../core/instance/state.ts';
import type {Clock} from '../ports/clock.ts';
import type {InstanceFile, InstanceStore} from '../ports/instances.ts';
import type {EventStore} from '../ports/store.ts';

export interface WatchTools {
  readonly instances: Pick<InstanceStore, 'load'>;
  readonly events: Pick<EventStore, 'changeToken'>;
  readonly clock: Clock;
}

export interface InstanceGlimpse {
  readonly file: InstanceFile;
  /** The action that began or ended since the last glimpse; null when something else changed. */
  readonly action: Action | null;
}

const pollMs = 50;

/**
 * Yields each instance once, then again whenever it changed, until all are settled: in a state of `until`, or, without it,
 * in one where nobody has work to do. Reads the store only when some process has written to it.
 */
export async function* watchInstances(
  tools: WatchTools,
  instanceIds: readonly string[],
  options: {
    until?: readonly InstanceState[] | undefined;
    isSettled?: (file: InstanceFile) => boolean;
    signal: AbortSignal;
  },
): AsyncGenerator<InstanceGlimpse> {
  const isSettled = options.isSettled ?? (file => !isMovingOn(file));
  const seen = new Map<string, string>();
  const open = new Set(instanceIds);
  let token: string | null = null;
  while (open.size > 0 && !options.signal.aborted) {
    const now = await tools.events.changeToken();
    if (now === token) {
      await tools.clock.sleep(pollMs, options.signal);
      continue;
    }

    token = now;
    for (const id of [...open]) {
      const file = await tools.instances.load(id);
      if (file === null) {
        open.delete(id);
        continue;
      }

      for (const action of changes(file, seen)) yield {file, action};
      if (options.until?.includes(file.instance.state) || (isSettled(file) && !waitsFor(options.until, file)))
        open.delete(id);
    }
  }
}

/** Moving, or in a failed state that is rolled back without being asked. */
function isMovingOn({instance, actions}: InstanceFile): boolean {
  return (
    (isMoving(instance.state) && (instance.state !== 'draining' || isDrainedForReinstall(actions))) ||
    instance.state === 'provisioning_failed' ||
    (instance.state === 'startup_failed' && instance.spec.onFailure === 'terminate')
  );
}

/** Told to wait for a state, a settled instance that can still get there is not the end; one that is gone is. */
function waitsFor(until: readonly InstanceState[] | undefined, {instance}: InstanceFile): boolean {
  return (
    until !== undefined && instance.state !== 'terminated' && instance.state !== 'archived' && instance.failure === null
  );
}

/** What is new since the last look, remembered per instance and action. The first look tells only the latest action. */
function* changes(file: InstanceFile, seen: Map<string, string>): Generator<Action | null> {
  const {instance, actions} = file;
  const firstLook = !seen.has(instance.id);
  let told = false;
  for (const action of actions) {
    const print = `${action.status} ${action.attempts}`;
    if (seen.get(action.id) !== print) {
      seen.set(action.id, print);
      if (firstLook && action !== actions.at(-1)) continue;
      told = true;
      yield action;
    }
  }

  const current = actions.findLast(action => action.status === 'in_progress');
  const activity = current === undefined ? null : (openAction(current.type, actions)?.metadata.activity ?? null);
  const print = `${instance.state} ${JSON.stringify(activity)} ${instance.lease === null}`;
  if (seen.get(instance.id) !== print) {
    seen.set(instance.id, print);
    if (!told) yield null;
  }
}
