import {type Alert, alertSubjectOf, type NewAlert} from '../../core/alerts/alert.ts';
import {healthAlertKinds} from '../../core/health/conditions.ts';
import type {AlertStore} from '../../ports/alerts.ts';
import {raiseAlert, resolveAlert} from '../alerts/raise-alert.ts';

const openAlertsMax = 10_000;

/** Makes the alerts of instances what was found: raises what is new, resolves what is over. */
export async function tellConditions(
  alerts: AlertStore,
  found: readonly NewAlert[],
  isKnown: (instanceId: string) => boolean,
): Promise<{readonly raised: number; readonly resolved: number}> {
  const open = (await alerts.listOpen(openAlertsMax)).filter(({kind}) => healthAlertKinds.includes(kind));
  const openSubjects = new Set(open.map(alertSubjectOf));
  const foundSubjects = new Set(found.map(alertSubjectOf));
  const fresh = found.filter(alert => !openSubjects.has(alertSubjectOf(alert)));
  for (const alert of fresh) await raiseAlert({alerts}, alert);
  const over = open.filter(alert => !foundSubjects.has(alertSubjectOf(alert)));
  for (const alert of over) await resolveAlert({alerts}, alert, resolutionOf(alert, isKnown(alert.subjectId)));
  return {raised: fresh.length, resolved: over.length};
}

function resolutionOf({kind}: Alert, isKnown: boolean): string {
  if (!isKnown) return 'the instance is not kept running any more';
  switch (kind) {
    case 'stuck_instance':
      return 'it goes on';
    case 'dead_worker':
    case 'wedged_worker':
      return 'it answers again, or is being installed anew';
    case 'breaker_open':
      return 'it is looked after again';
    case 'agent_mismatch':
      return 'the installed agent runs';
    default:
      return 'it has been quiet since';
  }
}
