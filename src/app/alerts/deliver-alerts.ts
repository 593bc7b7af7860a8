import {deliveryBody, deliveryMaxAgeMs, judgeDelivery} from '../../core/alerts/delivery.ts';
import type {AlertStore, Webhook} from '../../ports/alerts.ts';
import type {Clock} from '../../ports/clock.ts';

export interface DeliveryTools {
  readonly alerts: Pick<AlertStore, 'dueDeliveries' | 'saveDelivery'>;
  readonly webhook: Webhook;
  readonly clock: Clock;
}

export interface DeliveryReport {
  readonly delivered: number;
  /** To be tried again, or given up. */
  readonly failed: number;
}

const deliveriesPerRunMax = 50;

/** Tries what is due, one after the other in the order in which it happened: the next run is the next try. */
export async function deliverAlerts(tools: DeliveryTools, signal: AbortSignal): Promise<DeliveryReport> {
  const createdAfterMs = tools.clock.nowMs() - deliveryMaxAgeMs;
  const report = {delivered: 0, failed: 0};
  for (const delivery of await tools.alerts.dueDeliveries({createdAfterMs, limit: deliveriesPerRunMax})) {
    if (signal.aborted) break;
    const outcome = await tools.webhook.send({deliveryId: delivery.id, body: deliveryBody(delivery), signal});
    // A try cut short by the end of the process is none.
    if (signal.aborted) break;
    const verdict = judgeDelivery(delivery, outcome, tools.clock.nowMs());
    await tools.alerts.saveDelivery(delivery.id, verdict);
    report[verdict.kind === 'delivered' ? 'delivered' : 'failed'] += 1;
  }

  return report;
}
