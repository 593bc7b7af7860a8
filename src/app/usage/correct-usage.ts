import type {UsageCorrection} from '../../core/finops/usage.ts';
import type {AuditStore} from '../../ports/store.ts';
import type {UsageStore} from '../../ports/usage.ts';
import type {Actor} from '../actor.ts';

/** A counter-entry to a line of the ledger; null when the line costs that much already. */
export async function correctUsage(
  {usage, audit}: {readonly usage: Pick<UsageStore, 'correct'>; readonly audit: AuditStore},
  {scope, userId, userName, correlationId}: Actor,
  {requestId, toNanos, reason}: {requestId: string; toNanos: number; reason: string},
): Promise<UsageCorrection | null> {
  const correction = await usage.correct(scope, {requestId, toNanos, reason, by: userName});
  if (correction === null) return null;
  await audit.append(scope, {
    actor: userId,
    action: 'usage.correct',
    subject: `usage/${requestId}`,
    details: {correctionId: correction.id, amountNanos: correction.amountNanos, toNanos, reason},
    correlationId,
  });
  return correction;
}
