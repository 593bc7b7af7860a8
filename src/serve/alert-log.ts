import type {DomainEvent} from '../core/events.ts';
import type {ServeLog} from './log.ts';
import type {ServeMetrics} from './metrics.ts';

/** Alerts of any process, into the log and the metrics of this one. */
export function tellAlerts(events: readonly DomainEvent[], log: ServeLog, metrics: ServeMetrics): void {
  for (const {topic, type, subjectId, payload} of events) {
    if (topic !== 'alerts') continue;
    const {kind, severity, name, message, resolution} = payload;
    const news = type.slice('alert.'.length);
    metrics.alertTold(String(kind), news);
    const write = news === 'raised' ? (severity === 'critical' ? log.error : log.warn) : log.info;
    write(`alert_${news}`, {
      alert: subjectId,
      kind: String(kind),
      severity: String(severity),
      subject: String(name),
      message: String(news === 'resolved' ? resolution : message),
    });
  }
}
