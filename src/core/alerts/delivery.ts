import {dayMs, type EpochMs, hourMs, isoTime, secondMs} from '../time.ts';
import type {AlertDelivery} from './alert.ts';

/** What the receiver made of it: its status, or why there was none. `permanent`: no later try can end otherwise. */
export type DeliveryOutcome =
  | {readonly kind: 'answered'; readonly status: number}
  | {readonly kind: 'failed'; readonly reason: string; readonly permanent: boolean};

export type DeliveryVerdict =
  | {readonly kind: 'delivered'}
  | {readonly kind: 'later'; readonly nextAttemptAtMs: EpochMs; readonly error: string}
  | {readonly kind: 'given_up'; readonly error: string};

const attemptsMax = 10;
const backOffFirstMs = 10 * secondMs;
const backOffMaxMs = hourMs;
/** News older than this is of no use: a webhook configured today must not be sent what happened last month. */
export const deliveryMaxAgeMs = dayMs;

/** After one try: done, when to try again, or never. Request Timeout, Too Early and Too Many Requests may pass. */
export function judgeDelivery({attempts}: AlertDelivery, outcome: DeliveryOutcome, nowMs: EpochMs): DeliveryVerdict {
  if (outcome.kind === 'answered' && outcome.status >= 200 && outcome.status < 300) return {kind: 'delivered'};
  const error = outcome.kind === 'answered' ? `HTTP ${outcome.status}` : outcome.reason;
  const isHopeless =
    outcome.kind === 'failed' ? outcome.permanent : outcome.status < 500 && ![408, 425, 429].includes(outcome.status);
  const triesMade = attempts + 1;
  if (isHopeless || triesMade >= attemptsMax) return {kind: 'given_up', error};
  return {kind: 'later', nextAttemptAtMs: nowMs + backOffOf(triesMade), error};
}

/** The body of one webhook call: a JSON document. Sent again unchanged, so that a receiver can drop repetitions by `id`. */
export function deliveryBody({id, news, alert, createdAtMs}: AlertDelivery): string {
  return JSON.stringify({
    id,
    type: `alert.${news}`,
    at: isoTime(createdAtMs),
    alert: {
      id: alert.id,
      organizationId: alert.organizationId,
      kind: alert.kind,
      severity: alert.severity,
      subject: {id: alert.subjectId, name: alert.subjectName},
      message: alert.message,
      hint: alert.hint,
      details: alert.details,
      raisedAt: isoTime(alert.raisedAtMs),
      occurrences: alert.occurrences,
      resolvedAt: alert.resolvedAtMs === null ? null : isoTime(alert.resolvedAtMs),
      resolution: alert.resolution,
    },
  });
}

/** Doubling, capped: ten tries reach over about an hour and a half. */
function backOffOf(triesMade: number): number {
  return Math.min(backOffMaxMs, backOffFirstMs * 2 ** (triesMade - 1));
}
