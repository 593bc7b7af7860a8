import {choosePlan} from '../core/catalog/choose.ts';
import type {Plan, PlanChoice} from '../core/catalog/plan.ts';
import {InventivError} from '../core/errors.ts';
import type {InstanceSpec, OnFailure, ProviderName, WorkerRuntime} from '../core/instance/instance.ts';
import {engineArgs} from '../core/model/engine-args.ts';
import type {ModelSpec} from '../core/model/model.ts';
import {hourMs} from '../core/time.ts';
import type {CallContext} from '../ports/provider.ts';
import type {InstanceStore, ModelStore, OrgScope} from '../ports/store.ts';
import {findActiveModel} from './find-model.ts';
import {type CatalogTools, syncCatalog} from './read-catalog.ts';

export interface PlanTools extends CatalogTools {
  readonly models: ModelStore;
  readonly instances: Pick<InstanceStore, 'recentReadyDurationsMs'>;
}

export interface InstanceWish {
  readonly model: string;
  readonly provider: ProviderName;
  readonly zone?: string | undefined;
  readonly type?: string | undefined;
  readonly mode?: 'mono' | 'multi' | undefined;
  readonly maxModelLen?: number | undefined;
  readonly diskGb?: number | undefined;
  readonly image?: string | undefined;
  readonly engineCommand?: readonly string[] | undefined;
  readonly onFailure: OnFailure;
}

export interface PlannedInstance {
  readonly model: ModelSpec;
  readonly plan: Plan;
  readonly spec: InstanceSpec;
  /** Median of what this model took before on this provider; else the deadline's estimate. */
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
  const {provider, zone, type, mode, maxModelLen, diskGb, image} = wish;
  const plan = choosePlan(
    withoutAbsent({model, provider, zone, type, mode, maxModelLen, diskGb, image}),
    catalog.types,
    catalog.availability,
  );
  if (!plan.ok) {
    throw new InventivError(plan.errorCode, plan.text, {hint: plan.hint, detailCode: plan.code});
  }

  const spec = instanceSpec(model, plan.chosen, wish);
  return {model, plan, spec, expectedReadyMs: await expectedReadyMs(tools, wish.provider, model, plan.chosen)};
}

function instanceSpec(model: ModelSpec, chosen: PlanChoice, wish: InstanceWish): InstanceSpec {
  const runtime: WorkerRuntime = wish.provider === 'mock' ? 'native' : 'docker';
  return {
    modelHfId: model.hfId,
    servedModelName: model.hfId,
    task: model.task,
    maxModelLen: chosen.sizing.maxModelLen,
    mode: chosen.sizing.mode,
    runtime,
    diskGb: chosen.disk.diskGb,
    image: runtime === 'docker' ? chosen.image.reference : null,
    engineArgs: engineArgs(
      model,
      chosen.type,
      withoutAbsent({maxModelLen: wish.maxModelLen, mode: chosen.sizing.mode}),
    ),
    engineCommand: wish.engineCommand ?? null,
    openPorts,
    sourceRanges: ['0.0.0.0/0'],
    onFailure: wish.onFailure,
    keepFailedMs,
    readyDeadlineMs: chosen.deadline.totalMs,
  };
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
  return median(durations) ?? chosen.deadline.totalMs;
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
