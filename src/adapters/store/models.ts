import {InventivError} from '../../core/errors.ts';
import type {NewEvent} from '../../core/events.ts';
import type {ModelSpec} from '../../core/model/model.ts';
import type {OrgScope} from '../../core/tenancy/org-scope.ts';
import type {ModelStore} from '../../ports/store.ts';
import {listRowsMax} from './bounds.ts';
import {appendEvents} from './events.ts';
import {fromJson, isRecord, isStringArray, toJson} from './json-column.ts';
import type {ModelRow} from './tables.ts';
import {type StoreParts, type Tx, write} from './transaction.ts';

/** Every organization has its own catalogue; seeding fills what is missing in each. */
export function createModelStore(parts: Pick<StoreParts, 'db' | 'clock'>): ModelStore {
  const {db} = parts;
  return {
    async seed(models) {
      // Every start seeds; reading first keeps the usual start free of writes.
      const organizations = await db
        .selectFrom('organizations')
        .select('id')
        .limit(listRowsMax.organizations)
        .execute();
      const present = await db.selectFrom('models').select(['organization_id', 'id']).execute();
      const known = new Set(present.map(row => `${row.organization_id} ${row.id}`));
      const missing = organizations.flatMap(({id}) =>
        models.filter(model => !known.has(`${id} ${model.id}`)).map(model => ({organizationId: id, model})),
      );
      if (missing.length === 0) return;

      await write(parts, async (tx, nowMs) => {
        for (const {organizationId, model} of missing) {
          await tx
            .insertInto('models')
            .values({
              organization_id: organizationId,
              ...specColumns(model),
              origin: 'seed',
              created_at_ms: nowMs,
              updated_at_ms: nowMs,
              removed_at_ms: null,
            })
            .onConflict(conflict => conflict.doNothing())
            .execute();
        }
      });
    },

    async list(scope, {includeInactive}) {
      let query = db
        .selectFrom('models')
        .selectAll()
        .where('organization_id', '=', scope.organizationId)
        .where('removed_at_ms', 'is', null);
      if (!includeInactive) query = query.where('active', '=', 1);
      const rows = await query.orderBy('id').limit(listRowsMax.models).execute();
      return rows.map(modelFromRow);
    },

    async find(scope, idOrHfId) {
      const row = await db
        .selectFrom('models')
        .selectAll()
        .where('organization_id', '=', scope.organizationId)
        .where('removed_at_ms', 'is', null)
        .where(({eb, or}) => or([eb('id', '=', idOrHfId), eb('hf_id', '=', idOrHfId)]))
        .orderBy(({eb}) => eb.case().when('id', '=', idOrHfId).then(0).else(1).end())
        .limit(1)
        .executeTakeFirst();
      return row ? modelFromRow(row) : null;
    },

    put: (scope, model, mode) =>
      write(parts, async (tx, nowMs) => {
        const present = await findLive(tx, scope, model.id);
        await refuseTakenHfId(tx, scope, model);
        if (mode === 'create' && present) throw taken(model.id);
        if (mode === 'update' && !present) throw modelNotFound(model.id);

        const columns = {...specColumns(model), origin: 'operator' as const, updated_at_ms: nowMs, removed_at_ms: null};
        await tx
          .insertInto('models')
          .values({organization_id: scope.organizationId, created_at_ms: nowMs, ...columns})
          .onConflict(conflict => conflict.columns(['organization_id', 'id']).doUpdateSet(columns))
          .execute();
        await appendEvents(
          tx,
          [modelEvent(scope, mode === 'create' ? 'model.created' : 'model.updated', model.id, model.hfId)],
          nowMs,
        );
      }),

    remove: (scope, modelId) =>
      write(parts, async (tx, nowMs) => {
        const row = await requireModel(tx, scope, modelId);
        await setColumns(tx, scope, modelId, {removed_at_ms: nowMs, updated_at_ms: nowMs, origin: 'operator'});
        await appendEvents(tx, [modelEvent(scope, 'model.removed', modelId, row.hf_id)], nowMs);
      }),

    setActive: (scope, modelId, active) =>
      write(parts, async (tx, nowMs) => {
        const row = await requireModel(tx, scope, modelId);
        if ((row.active === 1) === active) return;
        await setColumns(tx, scope, modelId, {active: active ? 1 : 0, updated_at_ms: nowMs, origin: 'operator'});
        await appendEvents(
          tx,
          [modelEvent(scope, active ? 'model.enabled' : 'model.disabled', modelId, row.hf_id)],
          nowMs,
        );
      }),
  };
}

/** `active` is a column of its own; the rest is the spec as it was given. */
function modelFromRow(row: ModelRow): ModelSpec {
  return {...fromJson(row.spec, 'models.spec', row.id, isModelSpec), active: row.active === 1};
}

function specColumns(model: ModelSpec): Pick<ModelRow, 'id' | 'hf_id' | 'active' | 'spec'> {
  return {id: model.id, hf_id: model.hfId, active: model.active ? 1 : 0, spec: toJson(model, 'models.spec')};
}

function isModelSpec(value: unknown): value is ModelSpec {
  return (
    isRecord(value) &&
    typeof value.id === 'string' &&
    typeof value.hfId === 'string' &&
    typeof value.weightsBytes === 'number' &&
    isRecord(value.architecture) &&
    isStringArray(value.extraArgs)
  );
}

async function findLive(tx: Tx, scope: OrgScope, modelId: string): Promise<ModelRow | null> {
  const row = await tx
    .selectFrom('models')
    .selectAll()
    .where('organization_id', '=', scope.organizationId)
    .where('id', '=', modelId)
    .where('removed_at_ms', 'is', null)
    .executeTakeFirst();
  return row ?? null;
}

async function requireModel(tx: Tx, scope: OrgScope, modelId: string): Promise<ModelRow> {
  const row = await findLive(tx, scope, modelId);
  if (!row) throw modelNotFound(modelId);
  return row;
}

async function refuseTakenHfId(tx: Tx, scope: OrgScope, model: ModelSpec): Promise<void> {
  const other = await tx
    .selectFrom('models')
    .select('id')
    .where('organization_id', '=', scope.organizationId)
    .where('hf_id', '=', model.hfId)
    .where('id', '<>', model.id)
    .where('removed_at_ms', 'is', null)
    .executeTakeFirst();
  if (other) throw taken(other.id);
}

async function setColumns(tx: Tx, scope: OrgScope, modelId: string, columns: Partial<ModelRow>): Promise<void> {
  await tx
    .updateTable('models')
    .set(columns)
    .where('organization_id', '=', scope.organizationId)
    .where('id', '=', modelId)
    .execute();
}

function taken(modelId: string): InventivError {
  return new InventivError('conflict', `The model "${modelId}" is in the catalogue already.`, {
    hint: `Look at it with \`inventiv models show ${modelId}\`, or change it with \`inventiv models update ${modelId}\`.`,
  });
}

function modelNotFound(modelId: string): InventivError {
  return new InventivError('model_not_found', `There is no model "${modelId.slice(0, 120)}" in the catalogue.`, {
    hint: 'List them with `inventiv models list`, or add it with `inventiv models add`.',
  });
}

function modelEvent(scope: OrgScope, type: string, modelId: string, hfId: string): NewEvent {
  return {
    organizationId: scope.organizationId,
    topic: 'models',
    type,
    subjectId: modelId,
    correlationId: null,
    payload: {hfId},
  };
}
