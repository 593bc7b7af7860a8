import {InventivError} from '../../core/errors.ts';
import {goneStates, type InstanceState, instanceStates} from '../../core/instance/state.ts';
import type {OrgScope} from '../../core/tenancy/org-scope.ts';
import type {InstanceFilter, InstanceStore} from '../../ports/instances.ts';
import {actionFromRow} from './action-row.ts';
import {boundLimit, listRowsMax} from './bounds.ts';
import {createInstance} from './create-instance.ts';
import {readInstanceFile} from './instance-file.ts';
import {instanceFromRow, stateChangeFromRow} from './instance-row.ts';
import {createLeases} from './leases.ts';
import {recordChange} from './record-change.ts';
import {resourceFromRow} from './resource-row.ts';
import {readTogether, type StoreParts, write} from './transaction.ts';

export function createInstanceStore(parts: Pick<StoreParts, 'db' | 'clock' | 'ids' | 'dialect'>): InstanceStore {
  const {db, ids, dialect} = parts;
  return {
    ...createLeases(parts),

    async create(request) {
      try {
        return await write(parts, async (tx, nowMs) => {
          await createInstance(tx, ids, request, nowMs);
          const row = tx.selectFrom('instances').selectAll().where('id', '=', request.instance.id);
          return instanceFromRow(await row.executeTakeFirstOrThrow());
        });
      } catch (thrown) {
        throw asConflict(
          thrown,
          dialect.violation(thrown),
          `Instance ${request.instance.name} or one of its resources is there already.`,
        );
      }
    },

    async find(scope, idOrName) {
      const row = await db
        .selectFrom('instances')
        .selectAll()
        .where('organization_id', '=', scope.organizationId)
        .where(({eb, or}) => or([eb('id', '=', idOrName), eb('name', '=', idOrName)]))
        .orderBy(({eb}) => eb.case().when('id', '=', idOrName).then(0).else(1).end())
        .orderBy(({eb}) =>
          eb
            .case()
            .when('state', 'in', [...goneStates])
            .then(1)
            .else(0)
            .end(),
        )
        .orderBy('created_at_ms', 'desc')
        .orderBy('id', 'desc')
        .limit(1)
        .executeTakeFirst();
      return row ? instanceFromRow(row) : null;
    },

    async list(scope, filter) {
      const rows = await db
        .selectFrom('instances')
        .selectAll()
        .where('organization_id', '=', scope.organizationId)
        .where('state', 'in', statesOf(filter))
        .orderBy('created_at_ms', 'desc')
        .orderBy('id', 'desc')
        .limit(listRowsMax.instances)
        .execute();
      return rows.map(instanceFromRow);
    },

    async actions(scope, instanceId) {
      const rows = await db
        .selectFrom('actions')
        .selectAll()
        .where('instance_id', '=', instanceId)
        .where('organization_id', '=', scope.organizationId)
        .orderBy('position', 'desc')
        .limit(listRowsMax.actions)
        .execute();
      return rows.reverse().map(actionFromRow);
    },

    async resources(scope, filter) {
      let query = db.selectFrom('resources').selectAll().where('organization_id', '=', scope.organizationId);
      if (filter.instanceId !== undefined) query = query.where('instance_id', '=', filter.instanceId);
      if (filter.kind !== undefined) query = query.where('kind', '=', filter.kind);
      if (!filter.includeDeleted) query = query.where('status', '<>', 'deleted');
      const rows = await query.orderBy('created_at_ms').orderBy('id').limit(listRowsMax.resources).execute();
      return rows.map(resourceFromRow);
    },

    async history(scope: OrgScope, instanceId) {
      const rows = await db
        .selectFrom('instance_state_history')
        .selectAll()
        .where('instance_id', '=', instanceId)
        .where('organization_id', '=', scope.organizationId)
        .orderBy('id', 'desc')
        .limit(listRowsMax.history)
        .execute();
      return rows.reverse().map(stateChangeFromRow);
    },

    load: instanceId => readTogether(db, tx => readInstanceFile(tx, instanceId)),

    async listByState(states, limit) {
      if (states.length === 0) return [];
      const rows = await db
        .selectFrom('instances')
        .selectAll()
        .where('state', 'in', [...states])
        .orderBy('state_since_ms')
        .orderBy('id')
        .limit(boundLimit(limit, listRowsMax.instances))
        .execute();
      return rows.map(instanceFromRow);
    },

    async listLimited({afterId, limit}) {
      let query = db
        .selectFrom('instances')
        .selectAll()
        .where('limits', 'is not', null)
        .where('state', 'not in', [...goneStates]);
      if (afterId !== null) query = query.where('id', '>', afterId);
      const rows = await query.orderBy('id').limit(boundLimit(limit, listRowsMax.instances)).execute();
      return rows.map(instanceFromRow);
    },

    async record(change) {
      try {
        return await write(parts, (tx, nowMs) => recordChange(tx, ids, change, nowMs));
      } catch (thrown) {
        throw asConflict(
          thrown,
          dialect.violation(thrown),
          `Something of instance ${change.instanceId} is there already.`,
        );
      }
    },

    async recentReadyDurationsMs({provider, modelHfId, limit}) {
      let query = db
        .selectFrom('instances')
        .select(['ready_at_ms', 'created_at_ms'])
        .where('provider', '=', provider)
        .where('ready_at_ms', 'is not', null);
      if (modelHfId !== undefined) query = query.where('model_hf_id', '=', modelHfId);
      const rows = await query
        .orderBy('ready_at_ms', 'desc')
        .limit(boundLimit(limit, listRowsMax.readyDurations))
        .execute();
      return rows.map(row => Math.max(0, Number(row.ready_at_ms) - row.created_at_ms));
    },
  };
}

/** States that are named win over the two switches. */
function statesOf(filter: InstanceFilter): InstanceState[] {
  if (filter.states && filter.states.length > 0) return [...filter.states];
  return instanceStates.filter(
    state => (state !== 'terminated' || filter.includeGone) && (state !== 'archived' || filter.includeArchived),
  );
}

function asConflict(thrown: unknown, violation: string | null, message: string): unknown {
  return violation === 'unique' ? new InventivError('conflict', message, {cause: thrown}) : thrown;
}
