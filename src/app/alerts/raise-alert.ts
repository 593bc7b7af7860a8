import type {Alert, NewAlert} from '../../core/alerts/alert.ts';
import type {AlertStore} from '../../ports/alerts.ts';

/**
 * Tells people of a trouble: in the list, the event feed, the log of `serve`, and at the webhook where there is one. The
 * same kind of trouble of the same subject stays one alert until it is resolved, however often it is found.
 */
export async function raiseAlert(tools: {readonly alerts: Pick<AlertStore, 'raise'>}, alert: NewAlert): Promise<Alert> {
  return (await tools.alerts.raise(alert)).alert;
}

/** The trouble is over; says so wherever it was told. Nothing happens when it was not told, or is resolved already. */
export async function resolveAlert(
  tools: {readonly alerts: Pick<AlertStore, 'resolve'>},
  alert: Pick<NewAlert, 'organizationId' | 'kind' | 'subjectId'>,
  resolution: string,
): Promise<void> {
  await tools.alerts.resolve(alert, resolution);
}
