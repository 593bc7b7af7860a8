import type {Alert} from '../../core/alerts/alert.ts';
import {isoTime, isoTimeOrNull} from '../../core/time.ts';
import type {AlertView} from '../contract/alerts.ts';

export function alertView(alert: Alert): AlertView {
  const {id, kind, severity, subjectId, subjectName, message, hint, occurrences, acknowledgedBy, resolution} = alert;
  return {
    ...{id, kind, severity, subjectId, subjectName, message, hint, occurrences, acknowledgedBy, resolution},
    details: structuredClone(alert.details) as AlertView['details'],
    raisedAt: isoTime(alert.raisedAtMs),
    lastRaisedAt: isoTime(alert.lastRaisedAtMs),
    acknowledgedAt: isoTimeOrNull(alert.acknowledgedAtMs),
    resolvedAt: isoTimeOrNull(alert.resolvedAtMs),
  };
}
