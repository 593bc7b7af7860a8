import type {Alert, AlertDelivery, NewAlert} from '../core/alerts/alert.ts';
import type {DeliveryOutcome, DeliveryVerdict} from '../core/alerts/delivery.ts';
import type {OrgScope} from '../core/tenancy/org-scope.ts';
import type {EpochMs} from '../core/time.ts';

/** Alerts and what is left to tell about them. Each method is one transaction and writes its event with it. */
export interface AlertStore {
  /**
   * Opens an alert (`alert.raised`, and one delivery), or counts one more occurrence of the open one with the same kind
   * and subject, which makes neither event nor delivery.
   */
  raise(alert: NewAlert): Promise<{readonly alert: Alert; readonly isNew: boolean}>;
  /** Ends the open alert (`alert.resolved`, and one delivery); null when there is none. */
  resolve(alert: Pick<NewAlert, 'organizationId' | 'kind' | 'subjectId'>, resolution: string): Promise<Alert | null>;
  /** Somebody looks after it (`alert.acknowledged`); the first one stays. Null when there is no such alert. */
  acknowledge(scope: OrgScope, alertId: string, by: string): Promise<Alert | null>;
  find(scope: OrgScope, alertId: string): Promise<Alert | null>;
  /** Latest first. */
  list(scope: OrgScope, filter: {includeResolved: boolean; limit: number}): Promise<readonly Alert[]>;
  /** All organizations, oldest first: what the loops compare their findings with. */
  listOpen(limit: number): Promise<readonly Alert[]>;
  /** Deliveries to try now, oldest first. */
  dueDeliveries(filter: {createdAfterMs: EpochMs; limit: number}): Promise<readonly AlertDelivery[]>;
  saveDelivery(deliveryId: string, verdict: DeliveryVerdict): Promise<void>;
}

/** The receiver of alerts, outside. */
export interface Webhook {
  /** One signed POST, bounded in time; redirects are not followed. Never throws. */
  send(call: {deliveryId: string; body: string; signal: AbortSignal}): Promise<DeliveryOutcome>;
}
