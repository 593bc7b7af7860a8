import type {ResourceKind} from '../../core/instance/resource.ts';
import type {InstanceState} from '../../core/instance/state.ts';
import type {KnownInstance, KnownRow, Sighting} from '../../core/reconcile/facts.ts';
import type {ReconciliationStore} from '../../ports/store.ts';
import {boundLimit, chunksOf, listRowsMax} from './bounds.ts';
import {resourceFromRow} from './resource-row.ts';
import type {ResourceRow, SightingRow} from './tables.ts';
import {type Db, readTogether, type StoreParts, type Tx, write} from './transaction.ts';

export function createReconciliationStore(parts: Pick<StoreParts, 'db' | 'clock'>): ReconciliationStore {
  const {db} = parts;
  return {
    async usedZones(provider) {
      const recorded = db.selectFrom('resources').select('zone').distinct().where('provider', '=', provider);
      const sighted = db.selectFrom('sightings').select('zone').distinct().where('provider', '=', provider);
      const zones = await recorded.union(sighted).execute();
      return zones.map(({zone}) => zone).toSorted();
    },

    pageRows: ({provider, afterId, limit}) =>
      readTogether(db, async tx => {
        let query = tx
          .selectFrom('resources')
          .selectAll()
          .where('provider', '=', provider)
          .where('status', '<>', 'deleted');
        if (afterId !== null) query = query.where('id', '>', afterId);
        const rows = await query.orderBy('id').limit(boundLimit(limit, listRowsMax.resources)).execute();
        return withInstances(tx, rows);
      }),

    findRows: ({provider, providerIds, names}) =>
      readTogether(db, async tx => {
        const found = new Map<string, ResourceRow>();
        for (const [column, values] of [['provider_id', providerIds] as const, ['name', names] as const]) {
          for (const chunk of chunksOf(values)) {
            const query = tx.selectFrom('resources').selectAll().where('provider', '=', provider);
            for (const row of await query.where(column, 'in', [...chunk]).execute()) found.set(row.id, row);
          }
        }

        return withInstances(tx, [...found.values()]);
      }),

    findInstances: ids => findInstances(db, ids),

    markCompared: (resourceIds, atMs) =>
      write(parts, async tx => {
        for (const chunk of chunksOf(resourceIds)) {
          await tx
            .updateTable('resources')
            .set({last_reconciliation_at_ms: atMs})
            .where('id', 'in', [...chunk])
            .execute();
        }
      }),

    async sightings(provider) {
      const rows = await db
        .selectFrom('sightings')
        .selectAll()
        .where('provider', '=', provider)
        .orderBy('first_seen_at_ms')
        .orderBy('provider_id')
        .limit(listRowsMax.sightings)
        .execute();
      return rows.map(sightingFromRow);
    },

    saveSightings: (provider, sightings) =>
      write(parts, async tx => {
        for (const chunk of chunksOf(sightings.map(sighting => sightingToRow(provider, sighting)))) {
          await tx
            .insertInto('sightings')
            .values([...chunk])
            .onConflict(conflict =>
              conflict.columns(['provider', 'kind', 'provider_id']).doUpdateSet(({ref}) => ({
                zone: ref('excluded.zone'),
                name: ref('excluded.name'),
                provider_type: ref('excluded.provider_type'),
                last_seen_at_ms: ref('excluded.last_seen_at_ms'),
                condemned: ref('excluded.condemned'),
                delete_attempts: ref('excluded.delete_attempts'),
                next_attempt_at_ms: ref('excluded.next_attempt_at_ms'),
                last_error: ref('excluded.last_error'),
              })),
            )
            .execute();
        }
      }),

    dropSightings: (provider, gone) =>
      write(parts, async tx => {
        for (const {kind, providerId} of gone) {
          await tx
            .deleteFrom('sightings')
            .where('provider', '=', provider)
            .where('kind', '=', kind)
            .where('provider_id', '=', providerId)
            .execute();
        }
      }),
  };
}

async function withInstances(tx: Tx, rows: readonly ResourceRow[]): Promise<readonly KnownRow[]> {
  const instances = await findInstances(tx, [...new Set(rows.map(row => row.instance_id))]);
  const byId = new Map(instances.map(instance => [instance.id, instance]));
  return rows.flatMap(row => {
    const instance = byId.get(row.instance_id);
    return instance === undefined ? [] : [{resource: resourceFromRow(row), instance}];
  });
}

async function findInstances(db: Db | Tx, ids: readonly string[]): Promise<readonly KnownInstance[]> {
  const found: KnownInstance[] = [];
  for (const chunk of chunksOf(ids)) {
    const rows = await db
      .selectFrom('instances')
      .select(['id', 'organization_id', 'name', 'state', 'state_since_ms', 'lease_expires_at_ms'])
      .where('id', 'in', [...chunk])
      .execute();
    found.push(
      ...rows.map(row => ({
        id: row.id,
        organizationId: row.organization_id,
        name: row.name,
        state: row.state as InstanceState,
        stateSinceMs: row.state_since_ms,
        leaseUntilMs: row.lease_expires_at_ms,
      })),
    );
  }

  return found;
}

function sightingFromRow(row: SightingRow): Sighting {
  return {
    kind: row.kind as ResourceKind,
    providerId: row.provider_id,
    zone: row.zone,
    name: row.name,
    providerType: row.provider_type,
    firstSeenAtMs: row.first_seen_at_ms,
    lastSeenAtMs: row.last_seen_at_ms,
    condemned: row.condemned === 1,
    deleteAttempts: row.delete_attempts,
    nextAttemptAtMs: row.next_attempt_at_ms,
    lastError: row.last_error,
  };
}

function sightingToRow(provider: string, sighting: Sighting): SightingRow {
  return {
    provider,
    kind: sighting.kind,
    provider_id: sighting.providerId,
    zone: sighting.zone,
    name: sighting.name,
    provider_type: sighting.providerType,
    first_seen_at_ms: sighting.firstSeenAtMs,
    last_seen_at_ms: sighting.lastSeenAtMs,
    condemned: sighting.condemned ? 1 : 0,
    delete_attempts: sighting.deleteAttempts,
    next_attempt_at_ms: sighting.nextAttemptAtMs,
    last_error: sighting.lastError,
  };
}
