import {choosePlan} from '../core/catalog/choose.ts';
import {fallbackChoices} from '../core/catalog/fallback.ts';
import type {FallbackRule} from '../core/catalog/fallback-rule.ts';
import type {OneOrMore, Plan, PlanChoice, PlanRefusal, PlanRequest} from '../core/catalog/plan.ts';
import {InventivError} from '../core/errors.ts';
import {chooseRuntime} from '../core/instance/choose-runtime.ts';
import type {InstanceSpec, OnFailure, Placement, ProviderName, WorkerRuntime} from '../core/instance/instance.ts';
import {anywhere} from '../core/instance/source-range.ts';
import {engineArgs} from '../core/model/engine-args.ts';
import type {ModelSpec} from '../core/model/model.ts';
import {typicalReadyMs} from '../core/model/ready-deadline.ts';
import type {OrgScope} from '../core/tenancy/org-scope.ts';
import {hourMs} from '../core/time.ts';
import type {InstanceStore} from '../ports/instances.ts';
import type {CallContext, ProviderCatalog} from '../ports/provider.ts';
import type {ModelStore} from '../ports/store.ts';
import {findActiveModel} from './find-model.ts';
import {type CatalogTools, syncCatalog} from './read-catalog.ts';

export interface PlanTools extends CatalogTools {
  readonly models: ModelStore;
  readonly instances: Pick<InstanceStore, 'recentReadyDurationsMs'>;
}

export interface InstanceWish {
  readonly model: string;
  readonly provider: ProviderName;
  readonly zone?: OneOrMore | undefined;
  readonly type?: OneOrMore | undefined;
  /** What may change when there is no room; undefined: what was left open. */
  readonly fallback?: FallbackRule | undefined;
  /** How long to wait for room; 0 or undefined: not at all. */
  readonly waitCapacityMs?: number | undefined;
  readonly mode?: 'mono' | 'multi' | undefined;
  readonly runtime?: WorkerRuntime | undefined;
  readonly maxModelLen?: number | undefined;
  readonly diskGb?: number | undefined;
  readonly image?: string | undefined;
  /** Who may reach the ports of the machine; undefined: everybody. */
  readonly sourceRanges?: readonly string[] | undefined;
  readonly engineCommand?: readonly string[] | undefined;
  readonly onFailure: OnFailure;
}

export interface PlannedInstance {
  readonly model: ModelSpec;
  readonly plan: Plan;
  readonly spec: InstanceSpec;
  /** Places it may be started at, the chosen one first. */
  readonly places: readonly PlanChoice[];
  /** Median of what starts took before on this provider, of this model if there were any; else an estimate. */
  readonly expectedReadyMs: number;
}

const learnedFromRuns = 9;
const keepFailedMs = hourMs;
const openPorts = [22, 8000, 8080];

/** Chooses machine, zone and engine settings for a wish; throws with the closest candidate when nothing can be ordered. */
export async function planInstance(
  tools: PlanTools,
  scope: OrgScope,
  wish: InstanceWish,
  call: CallContext,
): Promise<PlannedInstance> {
  const model = await findActiveModel(tools.models, scope, wish.model);
  const catalog = await syncCatalog(tools, wish.provider, call);
  if (catalog.types.length === 0 && tools.providerFor(wish.provider).keepsMachines === true) {
    throw new InventivError('invalid_input', 'There is no machine of your own to start it on.', {
      hint: 'Add one (inventiv hosts add user@address), or name it: inventiv up --provider host --ssh user@address',
      param: '--ssh',
    });
  }

  if (wish.sourceRanges !== undefined && tools.providerFor(wish.provider).keepsMachines === true) {
    throw new InventivError(
      'invalid_input',
      'Who may reach a machine of your own is decided by its firewall, not here.',
      {
        hint: 'Leave --allow-from out, and set the firewall of the machine.',
        param: '--allow-from',
      },
    );
  }

  const {provider, zone, type, mode, maxModelLen, diskGb, image} = wish;
  const request = withoutAbsent({model, provider, zone, type, mode, maxModelLen, diskGb, image});
  const plan = planNowOrLater(request, catalog, (wish.waitCapacityMs ?? 0) > 0);
  if (!plan.ok) {
    const isTaken = plan.errorCode === 'no_capacity' && tools.providerFor(wish.provider).keepsMachines === true;
    throw new InventivError(
      plan.errorCode,
      isTaken ? 'A host serves one instance at a time, and is taken.' : plan.text,
      {
        hint: isTaken ? 'See by whom: inventiv hosts list. Take that down, or add another host.' : plan.hint,
        detailCode: plan.code,
      },
    );
  }

  const places = fallbackChoices(request, wish.fallback, plan.chosen, catalog.types);
  const spec = instanceSpec(model, plan.chosen, places, wish);
  return {model, plan, places, spec, expectedReadyMs: await expectedReadyMs(tools, wish.provider, model, plan.chosen)};
}

/** Whoever waits for capacity may ask for what is sold out. */
function planNowOrLater(
  request: PlanRequest,
  {types, availability}: ProviderCatalog,
  mayWait: boolean,
): Plan | PlanRefusal {
  const plan = choosePlan(request, types, availability);
  return !plan.ok && plan.code === 'NO_STOCK' && mayWait ? choosePlan(request, types) : plan;
}

function instanceSpec(
  model: ModelSpec,
  chosen: PlanChoice,
  places: readonly PlanChoice[],
  wish: InstanceWish,
): InstanceSpec {
  const runtime = chooseRuntime(wish);
  const waitCapacityMs = wish.waitCapacityMs ?? 0;
  const isAlone = places.length === 1 && waitCapacityMs === 0;
  return {
    modelHfId: model.hfId,
    servedModelName: model.hfId,
    task: model.task,
    runtime,
    ...machineSpec(model, chosen, wish, runtime),
    ...(isAlone ? {} : {failover: {placements: placementsOf(model, places, wish, runtime), waitCapacityMs}}),
    engineCommand: wish.engineCommand ?? null,
    openPorts,
    sourceRanges: [...new Set(wish.sourceRanges ?? [anywhere])],
    onFailure: wish.onFailure,
    keepFailedMs,
  };
}

/** What of the request depends on the machine. */
function machineSpec(model: ModelSpec, choice: PlanChoice, wish: InstanceWish, runtime: WorkerRuntime) {
  const {mode, maxModelLen} = choice.sizing;
  return {
    maxModelLen,
    mode,
    diskGb: choice.disk.diskGb,
    image: runtime === 'docker' ? choice.image.reference : null,
    engineArgs: engineArgs(model, choice.type, withoutAbsent({maxModelLen: wish.maxModelLen, mode})),
    readyDeadlineMs: choice.deadline.totalMs,
  };
}

/** By type, because all but the zone depends on it. The order of the types is that of their first place. */
function placementsOf(
  model: ModelSpec,
  places: readonly PlanChoice[],
  wish: InstanceWish,
  runtime: WorkerRuntime,
): readonly Placement[] {
  return [...Map.groupBy(places, ({type}) => type.name).values()].flatMap(group => {
    const [first] = group;
    if (first === undefined) return [];
    return {
      instanceType: first.type.name,
      zones: group.map(({zone}) => zone),
      gpuCount: first.type.gpuCount,
      pricePerHourNanos: first.price.totalPerHourNanos,
      ...machineSpec(model, first, wish, runtime),
    };
  });
}

async function expectedReadyMs(
  tools: PlanTools,
  provider: ProviderName,
  model: ModelSpec,
  chosen: PlanChoice,
): Promise<number> {
  const sameModel = await tools.instances.recentReadyDurationsMs({
    provider,
    modelHfId: model.hfId,
    limit: learnedFromRuns,
  });
  const durations =
    sameModel.length > 0 ? sameModel : await tools.instances.recentReadyDurationsMs({provider, limit: learnedFromRuns});
  return median(durations) ?? tools.providerFor(provider).typicalReadyMs ?? typicalReadyMs(chosen.deadline);
}

function median(values: readonly number[]): number | null {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? null;
}

/** Options objects distinguish "not given" from "undefined" in their types; this drops what was not given. */
function withoutAbsent<T extends object>(options: T): {[K in keyof T]: Exclude<T[K], undefined>} {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
