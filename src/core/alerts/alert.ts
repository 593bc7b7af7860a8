import type {ActionMetadata} from '../instance/action.ts';
import type {EpochMs} from '../time.ts';

/** What people are told about. Each kind has one subject at a time: the same trouble of the same thing is one alert. */
export const alertKinds = [
  'stuck_instance',
  'dead_worker',
  'wedged_worker',
  'flapping_worker',
  'crash_loop',
  'breaker_open',
  'agent_mismatch',
  'orphan',
  'leak',
  'limit_near',
  'budget_near',
] as const;

export type AlertKind = (typeof alertKinds)[number];

export type AlertSeverity = 'warning' | 'critical';

/** Critical: requests fail or money runs, and nothing here will mend it by itself. */
const severities: Readonly<Record<AlertKind, AlertSeverity>> = {
  stuck_instance: 'warning',
  dead_worker: 'critical',
  wedged_worker: 'critical',
  flapping_worker: 'warning',
  crash_loop: 'critical',
  breaker_open: 'critical',
  agent_mismatch: 'warning',
  orphan: 'warning',
  leak: 'critical',
  limit_near: 'warning',
  budget_near: 'warning',
};

/** A trouble as the one who found it tells it. */
export interface NewAlert {
  readonly organizationId: string;
  readonly kind: AlertKind;
  /** Id of what has the trouble: an instance, a volume, an organization. */
  readonly subjectId: string;
  /** Its name, for people. */
  readonly subjectName: string;
  /** One sentence: what is wrong. */
  readonly message: string;
  /** What to type next. */
  readonly hint: string | null;
  /** Facts for tools. Never secrets. */
  readonly details: ActionMetadata;
}

export interface Alert extends NewAlert {
  readonly id: string;
  readonly severity: AlertSeverity;
  readonly raisedAtMs: EpochMs;
  /** When it was last found again; `occurrences` counts how often. */
  readonly lastRaisedAtMs: EpochMs;
  readonly occurrences: number;
  readonly acknowledgedAtMs: EpochMs | null;
  readonly acknowledgedBy: string | null;
  /** Null while the trouble lasts. */
  readonly resolvedAtMs: EpochMs | null;
  readonly resolution: string | null;
}

/** An alert, or a resolution, on its way to the webhook. */
export interface AlertDelivery {
  readonly id: string;
  readonly alert: Alert;
  readonly news: AlertNews;
  readonly attempts: number;
  readonly createdAtMs: EpochMs;
}

export type AlertNews = 'raised' | 'resolved';

export function severityOf(kind: AlertKind): AlertSeverity {
  return severities[kind];
}

/** Equal for two findings that are one alert. */
export function alertSubjectOf({
  organizationId,
  kind,
  subjectId,
}: Pick<NewAlert, 'organizationId' | 'kind' | 'subjectId'>) {
  return `${organizationId} ${kind} ${subjectId}`;
}
