import {InventivError} from '../../core/errors.ts';
import type {NewEvent} from '../../core/events.ts';
import type {Action} from '../../core/instance/action.ts';
import {goneStates} from '../../core/instance/state.ts';
import type {EpochMs} from '../../core/time.ts';
import type {Ids} from '../../ports/ids.ts';
import type {NewInstance} from '../../ports/instances.ts';
import {actionToRow} from './action-row.ts';
import {appendEvents} from './events.ts';
import {actionEvent, resourceEvent, stateEvent} from './instance-events.ts';
import {instanceToRow} from './instance-row.ts';
import {resourceToRow} from './resource-row.ts';
import type {Tx} from './transaction.ts';

/** Writes all that a new instance begins with, with its events. `conflict` when a live instance has the name. */
export async function createInstance(tx: Tx, ids: Ids, request: NewInstance, nowMs: EpochMs): Promise<void> {
  const {instance, resources, reason} = request;
  await refuseTakenName(tx, instance.organizationId, instance.name);
  await tx.insertInto('instances').values(instanceToRow(instance)).execute();
  const events: NewEvent[] = [
    stateEvent(instance, {from: null, to: instance.state, reason}, instance.correlationId, 0),
  ];

  await tx
    .insertInto('instance_state_history')
    .values({
      organization_id: instance.organizationId,
      instance_id: instance.id,
      from_state: null,
      to_state: instance.state,
      reason,
      at_ms: nowMs,
      correlation_id: instance.correlationId,
    })
    .execute();

  for (const {type, metadata} of request.actions) {
    const action: Action = {
      id: ids.next('action'),
      organizationId: instance.organizationId,
      instanceId: instance.id,
      type,
      status: 'success',
      attempts: 1,
      startedAtMs: nowMs,
      finishedAtMs: nowMs,
      errorCode: null,
      errorMessage: null,
      correlationId: instance.correlationId,
      metadata,
    };
    await tx.insertInto('actions').values(actionToRow(action)).execute();
    events.push(actionEvent(instance, action, 'succeeded', instance.correlationId, null));
  }

  for (const resource of resources) {
    await tx.insertInto('resources').values(resourceToRow(resource)).execute();
    events.push(resourceEvent(resource, resource.status, instance.correlationId));
  }

  await appendEvents(tx, events, nowMs);
}

async function refuseTakenName(tx: Tx, organizationId: string, name: string): Promise<void> {
  const taken = await tx
    .selectFrom('instances')
    .select(['id', 'state'])
    .where('organization_id', '=', organizationId)
    .where('name', '=', name)
    .where('state', 'not in', [...goneStates])
    .executeTakeFirst();

  if (taken) {
    throw new InventivError('conflict', `An instance named "${name}" is already ${taken.state} (${taken.id}).`, {
      hint: `Choose another --name, or look at it with \`inventiv show ${name}\`.`,
      param: 'name',
    });
  }
}
