import {alertSubjectOf, type NewAlert} from '../../core/alerts/alert.ts';
import {isLimitAlert} from '../../core/finops/limit-alert.ts';
import type {AlertStore} from '../../ports/alerts.ts';
import {raiseAlert, resolveAlert} from '../alerts/raise-alert.ts';

export interface NearLimits {
  readonly near: readonly NewAlert[];
  /** Ids of instances whose limit was reached. */
  readonly ended: ReadonlySet<string>;
  /** Ids of instances of which nothing is known this time: their alerts stay. */
  readonly unknown: ReadonlySet<string>;
}

const openAlertsMax = 10_000;

/** Makes the alerts of near limits what a pass over all limits found: raises what is new, resolves what is over. */
export async function tellNearLimits(
  alerts: Pick<AlertStore, 'listOpen' | 'raise' | 'resolve'>,
  {near, ended, unknown}: NearLimits,
): Promise<void> {
  const open = (await alerts.listOpen(openAlertsMax)).filter(isLimitAlert);
  const told = new Map(open.map(alert => [alertSubjectOf(alert), alert.message]));
  // A changed limit may be near as well, at another time: the alert says so, without being news.
  for (const alert of near) if (told.get(alertSubjectOf(alert)) !== alert.message) await raiseAlert({alerts}, alert);

  const found = new Set(near.map(alertSubjectOf));
  for (const alert of open) {
    if (found.has(alertSubjectOf(alert)) || unknown.has(alert.subjectId)) continue;
    const isEnded = ended.has(alert.subjectId);
    await resolveAlert(
      {alerts},
      alert,
      isEnded ? 'it was reached: the instance is being ended' : 'it is not near any more',
    );
  }
}
