import {type Alert, type NewAlert, severityOf} from '../../core/alerts/alert.ts';
import type {EpochMs} from '../../core/time.ts';
import type {AlertStore} from '../../ports/alerts.ts';
import type {Ids} from '../../ports/ids.ts';
import {alertEvent, alertFromRow, deliveryFromRow} from './alert-row.ts';
import {boundLimit, listRowsMax} from './bounds.ts';
import {appendEvents} from './events.ts';
import {toJson} from './json-column.ts';
import type {AlertRow} from './tables.ts';
import {type StoreParts, type Tx, write} from './transaction.ts';

export function createAlertStore(parts: Pick<StoreParts, 'db' | 'clock' | 'ids'>): AlertStore {
  const {db, ids} = parts;
  return {
    raise: alert =>
      write(parts, async (tx, nowMs) => {
        const again = await countAgain(tx, alert, nowMs);
        if (again !== null) return {alert: alertFromRow(again), isNew: false};
        const row = await tx
          .insertInto('alerts')
          .values(newRow(ids.next('alert'), alert, nowMs))
          .returningAll()
          .executeTakeFirstOrThrow();
        const raised = alertFromRow(row);
        await tell(tx, ids, raised, 'raised', nowMs);
        return {alert: raised, isNew: true};
      }),

    resolve: (alert, resolution) =>
      write(parts, async (tx, nowMs) => {
        const row = await openOf(tx, alert).set({resolved_at_ms: nowMs, resolution}).returningAll().executeTakeFirst();
        if (!row) return null;
        const resolved = alertFromRow(row);
        await tell(tx, ids, resolved, 'resolved', nowMs);
        return resolved;
      }),

    acknowledge: (scope, alertId, by) =>
      write(parts, async (tx, nowMs) => {
        const found = await tx
          .selectFrom('alerts')
          .selectAll()
          .where('organization_id', '=', scope.organizationId)
          .where('id', '=', alertId)
          .executeTakeFirst();
        if (!found) return null;
        if (found.acknowledged_at_ms !== null) return alertFromRow(found);
        const columns = {acknowledged_at_ms: nowMs, acknowledged_by: by};
        await tx.updateTable('alerts').set(columns).where('id', '=', alertId).execute();
        const alert = alertFromRow({...found, ...columns});
        await appendEvents(tx, [alertEvent(alert, 'acknowledged')], nowMs);
        return alert;
      }),

    async find(scope, alertId) {
      const row = await db
        .selectFrom('alerts')
        .selectAll()
        .where('organization_id', '=', scope.organizationId)
        .where('id', '=', alertId)
        .executeTakeFirst();
      return row ? alertFromRow(row) : null;
    },

    async list(scope, {includeResolved, limit}) {
      let query = db.selectFrom('alerts').selectAll().where('organization_id', '=', scope.organizationId);
      if (!includeResolved) query = query.where('resolved_at_ms', 'is', null);
      const rows = await query
        .orderBy('raised_at_ms', 'desc')
        .orderBy('id', 'desc')
        .limit(boundLimit(limit, listRowsMax.alerts))
        .execute();
      return rows.map(alertFromRow);
    },

    async listOpen(limit) {
      const rows = await db
        .selectFrom('alerts')
        .selectAll()
        .where('resolved_at_ms', 'is', null)
        .orderBy('raised_at_ms')
        .orderBy('id')
        .limit(boundLimit(limit, listRowsMax.alerts))
        .execute();
      return rows.map(alertFromRow);
    },

    async dueDeliveries({createdAfterMs, limit}) {
      const rows = await db
        .selectFrom('alert_deliveries as d')
        .innerJoin('alerts as a', 'a.id', 'd.alert_id')
        .selectAll('a')
        .select(['d.id as delivery_id', 'd.news', 'd.attempts', 'd.created_at_ms'])
        .where('d.ended_at_ms', 'is', null)
        .where('d.next_attempt_at_ms', '<=', parts.clock.nowMs())
        .where('d.created_at_ms', '>=', createdAfterMs)
        .orderBy('d.created_at_ms')
        .orderBy('d.id')
        .limit(boundLimit(limit, listRowsMax.alerts))
        .execute();
      return rows.map(deliveryFromRow);
    },

    saveDelivery: (deliveryId, verdict) =>
      write(parts, async (tx, nowMs) => {
        await tx
          .updateTable('alert_deliveries')
          .set(({eb}) => ({
            attempts: eb('attempts', '+', 1),
            ...(verdict.kind === 'later'
              ? {next_attempt_at_ms: verdict.nextAttemptAtMs, last_error: verdict.error}
              : {ended_at_ms: nowMs, outcome: verdict.kind}),
            ...(verdict.kind === 'given_up' ? {last_error: verdict.error} : {}),
          }))
          .where('id', '=', deliveryId)
          .where('ended_at_ms', 'is', null)
          .execute();
      }),
  };
}

/** The message and the facts become those of the latest finding. */
async function countAgain(tx: Tx, alert: NewAlert, nowMs: EpochMs): Promise<AlertRow | null> {
  const {message, hint, details, subjectName} = alert;
  const row = await openOf(tx, alert)
    .set(({eb}) => ({
      occurrences: eb('occurrences', '+', 1),
      last_raised_at_ms: nowMs,
      subject_name: subjectName,
      message,
      hint,
      details: toJson(details, 'alerts.details'),
    }))
    .returningAll()
    .executeTakeFirst();
  return row ?? null;
}

function openOf(tx: Tx, {organizationId, kind, subjectId}: Pick<NewAlert, 'organizationId' | 'kind' | 'subjectId'>) {
  return tx
    .updateTable('alerts')
    .where('organization_id', '=', organizationId)
    .where('kind', '=', kind)
    .where('subject_id', '=', subjectId)
    .where('resolved_at_ms', 'is', null);
}

function newRow(id: string, alert: NewAlert, nowMs: EpochMs): AlertRow {
  return {
    id,
    organization_id: alert.organizationId,
    kind: alert.kind,
    severity: severityOf(alert.kind),
    subject_id: alert.subjectId,
    subject_name: alert.subjectName,
    message: alert.message,
    hint: alert.hint,
    details: toJson(alert.details, 'alerts.details'),
    raised_at_ms: nowMs,
    last_raised_at_ms: nowMs,
    occurrences: 1,
    acknowledged_at_ms: null,
    acknowledged_by: null,
    resolved_at_ms: null,
    resolution: null,
  };
}

async function tell(tx: Tx, ids: Ids, alert: Alert, news: 'raised' | 'resolved', nowMs: EpochMs): Promise<void> {
  await appendEvents(tx, [alertEvent(alert, news)], nowMs);
  await tx
    .insertInto('alert_deliveries')
    .values({
      id: ids.next('delivery'),
      alert_id: alert.id,
      news,
      attempts: 0,
      created_at_ms: nowMs,
      next_attempt_at_ms: nowMs,
      ended_at_ms: null,
      outcome: null,
      last_error: null,
    })
    .execute();
}
