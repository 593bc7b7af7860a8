import {InventivError} from '../core/errors.ts';
import type {ActionType} from '../core/instance/action.ts';
import type {Instance} from '../core/instance/instance.ts';
import type {InstanceState} from '../core/instance/state.ts';
import {nearNames} from '../core/near-names.ts';
import type {OrgScope} from '../core/tenancy/org-scope.ts';
import type {InstanceStore} from '../ports/instances.ts';

/** An instance by id or name, within the organization; otherwise an error with near names. */
export async function findInstance(instances: InstanceStore, scope: OrgScope, idOrName: string): Promise<Instance> {
  const found = await instances.find(scope, idOrName);
  if (found !== null) {
    return found;
  }

  const names = (await instances.list(scope, {includeGone: true, includeArchived: false})).map(
    instance => instance.name,
  );
  const [near] = nearNames(idOrName, names);
  throw new InventivError('not_found', `There is no instance "${idOrName.slice(0, 80)}".`, {
    hint:
      near === undefined ? 'List them with "inventiv ps".' : `Did you mean "${near}"? List them with "inventiv ps".`,
    param: 'instance',
  });
}

/** Records the wish to end it; whoever drives it carries that out. Already ending or ended: nothing changes. */
export async function requestTermination(
  instances: InstanceStore,
  instance: Instance,
  reason: string,
  correlationId: string,
): Promise<Instance> {
  if (instance.state === 'terminating' || instance.state === 'terminated' || instance.state === 'archived') {
    return instance;
  }

  return change(instances, instance, {to: 'terminating', reason, milestone: 'REQUEST_TERMINATE', correlationId});
}

/** Stops new traffic; running requests end by themselves. */
export async function requestDrain(
  instances: InstanceStore,
  instance: Instance,
  correlationId: string,
): Promise<Instance> {
  if (instance.state === 'draining') {
    return instance;
  }

  return change(instances, instance, {
    to: 'draining',
    reason: 'drain requested',
    milestone: 'REQUEST_DRAIN',
    correlationId,
  });
}

/** Hides a terminated instance from lists; its rows stay. */
export async function archiveInstance(
  instances: InstanceStore,
  instance: Instance,
  correlationId: string,
): Promise<Instance> {
  if (instance.state === 'archived') {
    return instance;
  }

  return change(instances, instance, {
    to: 'archived',
    reason: 'archived',
    milestone: 'ARCHIVE_INSTANCE',
    correlationId,
  });
}

interface Change {
  readonly to: InstanceState;
  readonly reason: string;
  readonly milestone: ActionType;
  readonly correlationId: string;
}

const raceRetriesMax = 5;

/** The state may move under us while a driver works; what was asked for is then asked of the new state. */
async function change(instances: InstanceStore, instance: Instance, wish: Change): Promise<Instance> {
  let current = instance;
  for (let attempt = 1; ; attempt++) {
    try {
      const file = await instances.record({
        instanceId: current.id,
        correlationId: wish.correlationId,
        actions: [{kind: 'succeed', type: wish.milestone}],
        transition: {from: current.state, to: wish.to, reason: wish.reason},
      });
      return file.instance;
    } catch (error) {
      const moved = error instanceof InventivError && error.code === 'conflict' && attempt < raceRetriesMax;
      if (!moved) throw error;
      current = (await instances.load(current.id))?.instance ?? current;
      if (current.state === wish.to) return current;
    }
  }
}
