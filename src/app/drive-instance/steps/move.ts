import type {Stock, TypeAvailability} from '../../../core/catalog/instance-type.ts';
import {InventivError} from '../../../core/errors.ts';
import {spentNanos} from '../../../core/finops/spend.ts';
import {
  attemptOf,
  describePlaces,
  failedPlaces,
  isWaitingAllowed,
  nextPlace,
  type Place,
  placesOf,
  specAt,
} from '../../../core/instance/failover.ts';
import type {Instance, Placement} from '../../../core/instance/instance.ts';
import {attemptName, newResource} from '../../../core/instance/resource-names.ts';
import {isoTime, secondMs} from '../../../core/time.ts';
import type {InstanceFile} from '../../../ports/instances.ts';
import type {Step, StepOutcome, StepRun, StepTools} from '../step.ts';
import {wait} from '../step.ts';

const stockPollMs = 15 * secondMs;

/**
 * Chooses the next place with room, or waits for one as long as that was asked for. The place, the request as it is there
 * and the rows of what will be made there are recorded together; the same instance goes on.
 */
export const executeMove: Step = async (tools, run) => {
  const {instance, actions} = run.file;
  const nowMs = tools.clock.nowMs();
  const availability = await readAvailability(tools, run);
  const place = nextPlace(instance, actions, wanted => stockOf(availability, wanted), nowMs);
  const placement = instance.spec.failover?.placements.find(({instanceType}) => instanceType === place?.instanceType);
  if (place !== null && placement !== undefined) return moved(tools, run.file, place, placement);
  if (!isWaitingAllowed(instance, nowMs)) throw nowhereLeft(run.file);
  const untilMs = instance.createdAtMs + (instance.spec.failover?.waitCapacityMs ?? 0);
  return wait(
    Math.min(stockPollMs, Math.max(1, untilMs - nowMs)),
    `waiting for capacity until ${isoTime(untilMs)}: ${describePlaces(placesOf(instance))}`,
  );
};

function moved(
  {clock, ids}: StepTools,
  {instance, actions}: InstanceFile,
  {zone, instanceType}: Place,
  placement: Placement,
): StepOutcome {
  const {gpuCount, pricePerHourNanos} = placement;
  const there: Instance = {...instance, zone, instanceType, gpuCount};
  const attempt = attemptOf(actions);
  const facts = {zone, type: instanceType, pricePerHourNanos};
  return {
    kind: 'done',
    metadata: {...facts, attempt},
    change: {
      actions: [{kind: 'succeed', type: 'REQUEST_CREATE', metadata: {model: instance.spec.modelHfId, ...facts}}],
      fields: {
        zone,
        instanceType,
        gpuCount,
        pricePerHourNanos,
        spec: specAt(instance.spec, placement),
        billedFromMs: null,
        billedUntilMs: null,
        spentBeforeNanos: spentNanos(instance, clock.nowMs()),
      },
      resources: (['server', 'security_group'] as const).map(kind => ({
        kind: 'insert',
        resource: newResource(
          there,
          {id: ids.next('resource'), kind, status: 'planned', name: attemptName(instance, kind, attempt)},
          clock.nowMs(),
        ),
      })),
    },
  };
}

/** While waiting, an answer that does not come now may come later; without waiting the step's own retries decide. */
async function readAvailability(
  {provider, clock}: StepTools,
  run: StepRun,
): Promise<readonly TypeAvailability[] | null> {
  try {
    return (await provider.readCatalog(run.call)).availability;
  } catch (error) {
    run.call.signal?.throwIfAborted();
    const mayPass = error instanceof InventivError && error.retryable;
    if (mayPass && isWaitingAllowed(run.file.instance, clock.nowMs())) return null;
    throw error;
  }
}

/** Nothing known is not "has some": a place is asked once its stock was read. */
function stockOf(availability: readonly TypeAvailability[] | null, {zone, instanceType}: Place): Stock {
  if (availability === null) return 'shortage';
  return availability.find(entry => entry.typeName === instanceType && entry.zone === zone)?.stock ?? 'unknown';
}

function nowhereLeft({instance, actions}: InstanceFile): InventivError {
  const failed = failedPlaces(actions);
  const isQuotaAlone = failed.length > 0 && failed.every(({code}) => code === 'quota_exceeded');
  const last = actions.findLast(action => action.type === 'REQUEST_MOVE')?.metadata.reason;
  const lastly = typeof last === 'string' ? ` Last refusal: ${last}` : '';
  return new InventivError(
    isQuotaAlone ? 'quota_exceeded' : 'no_capacity',
    `No place has room for it: ${describePlaces(placesOf(instance))}.${lastly}`,
    {
      hint: 'Allow more with --zone, --type or --fallback any, or wait for room: --wait-capacity 30m.',
      detailCode: isQuotaAlone ? 'quotas_exceeded' : 'out_of_stock',
    },
  );
}
