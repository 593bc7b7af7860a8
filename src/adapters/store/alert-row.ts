import type {Alert, AlertDelivery, AlertKind, AlertNews, AlertSeverity} from '../../core/alerts/alert.ts';
import type {NewEvent} from '../../core/events.ts';
import {metadataFromJson} from './json-column.ts';
import type {AlertRow} from './tables.ts';

export function alertFromRow(row: AlertRow): Alert {
  return {
    id: row.id,
    organizationId: row.organization_id,
    kind: row.kind as AlertKind,
    severity: row.severity as AlertSeverity,
    subjectId: row.subject_id,
    subjectName: row.subject_name,
    message: row.message,
    hint: row.hint,
    details: metadataFromJson(row.details),
    raisedAtMs: row.raised_at_ms,
    lastRaisedAtMs: row.last_raised_at_ms,
    occurrences: row.occurrences,
    acknowledgedAtMs: row.acknowledged_at_ms,
    acknowledgedBy: row.acknowledged_by,
    resolvedAtMs: row.resolved_at_ms,
    resolution: row.resolution,
  };
}

export function deliveryFromRow(
  row: AlertRow & {delivery_id: string; news: string; attempts: number; created_at_ms: number},
): AlertDelivery {
  return {
    id: row.delivery_id,
    alert: alertFromRow(row),
    news: row.news as AlertNews,
    attempts: row.attempts,
    createdAtMs: row.created_at_ms,
  };
}

/** `alert.raised|resolved|acknowledged`; the subject is the alert. */
export function alertEvent(alert: Alert, news: AlertNews | 'acknowledged'): NewEvent {
  const {id, organizationId, kind, severity, subjectId, subjectName, message, hint, resolution} = alert;
  return {
    organizationId,
    topic: 'alerts',
    type: `alert.${news}`,
    subjectId: id,
    correlationId: null,
    payload: {kind, severity, subjectId, name: subjectName, message, hint, resolution},
  };
}
