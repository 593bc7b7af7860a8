import {implement} from '@orpc/server';
import {archiveInstance, findInstance, requestDrain, requestTermination} from '../../app/change-instance.ts';
import {driveInstance} from '../../app/drive-instance/drive.ts';
import {resetBreaker} from '../../app/health/reset-breaker.ts';
import {type PlannedInstance, planInstance} from '../../app/plan-instance.ts';
import {readLogin} from '../../app/read-login.ts';
import {requestReinstall} from '../../app/reinstall-instance.ts';
import {requestInstance} from '../../app/request-instance.ts';
import {type InstanceGlimpse, watchInstances} from '../../app/watch-instances.ts';
import {InventivError} from '../../core/errors.ts';
import type {InstanceLimits} from '../../core/finops/limits.ts';
import type {Instance} from '../../core/instance/instance.ts';
import {percentOfActions} from '../../core/instance/progress.ts';
import {isGone} from '../../core/instance/state.ts';
import {explainSizing} from '../../core/model/explain-sizing.ts';
import {type ApiContext, checkPermission} from '../context.ts';
import type {CreateRequest, InstanceView, PlanView, ProgressView} from '../contract/instances.ts';
import {instancesContract} from '../contract/instances.ts';
import {actionView, instanceView} from '../views/instance-view.ts';
import {plannedLimitsView} from '../views/limits-view.ts';

const api = implement(instancesContract).$context<ApiContext>().use(checkPermission);

/** What changes instances, or follows a change. Reading them is in `instances-read.ts`, loaded without all this. */
export const instances = {
  plan: api.plan.handler(async ({input, context, signal}) =>
    planView(
      await plan(context, input, newCorrelationId(context), signal),
      limitsOf(input),
      context.tools.clock.nowMs(),
    ),
  ),

  create: api.create.handler(async ({input, context, signal}) => {
    const {tools, caller} = context;
    // Refused before anything is recorded: what cannot be logged in to can be neither installed nor taken down.
    tools.shellFor(input.provider);
    const correlationId = newCorrelationId(context);
    const planned = await plan(context, input, correlationId, signal);
    const limits = limitsOf(input);
    const created: InstanceView[] = [];
    for (let number = 1; number <= input.count; number++) {
      const name = input.name === undefined ? null : input.count === 1 ? input.name : `${input.name}-${number}`;
      const instance = await requestInstance(tools, caller.scope, planned, {name, correlationId, limits});
      created.push(instanceView(instance, [], tools.clock.nowMs()));
    }

    return created;
  }),

  drive: api.drive.handler(async function* ({input, context, signal}) {
    const found = await findAll(context, input.instances);
    const {tools} = context;
    const drivingEnds = new AbortController();
    const stop = signal === undefined ? drivingEnds.signal : AbortSignal.any([signal, drivingEnds.signal]);
    const driving = driveAll(tools, found, stop);
    try {
      yield* progress(context, found, {signal: stop});
      await driving;
    } finally {
      drivingEnds.abort();
      await driving.catch(() => undefined);
    }
  }),

  watch: api.watch.handler(async function* ({input, context, signal}) {
    const found = await findAll(context, input.instances);
    yield* progress(context, found, {until: input.until, signal: signal ?? new AbortController().signal});
  }),

  terminate: api.terminate.handler(({input, context}) =>
    changeAll(context, input.instances, (instance, correlationId) =>
      requestTermination(context.tools.instances, instance, `asked by ${context.caller.userName}`, correlationId),
    ),
  ),

  drain: api.drain.handler(async ({input, context}) => {
    const [drained] = await changeAll(context, [input.instance], (instance, correlationId) =>
      requestDrain(context.tools.instances, instance, correlationId),
    );
    if (drained === undefined) throw new InventivError('not_found', `There is no instance "${input.instance}".`);
    return drained;
  }),

  login: api.login.handler(async ({input, context: {tools, caller}, signal}) => {
    const instance = await findInstance(tools.instances, caller.scope, input.instance);
    const call = {correlationId: tools.ids.next('correlation'), ...(signal === undefined ? {} : {signal})};
    const login = await readLogin(tools, instance, call);
    return {...login, hostKey: {...login.hostKey}};
  }),

  reinstall: api.reinstall.handler(async ({input, context}) => {
    const {tools, caller} = context;
    tools.shellFor((await findInstance(tools.instances, caller.scope, input.instance)).provider);
    const [asked] = await changeAll(context, [input.instance], (instance, correlationId) =>
      requestReinstall(tools.instances, instance, {
        now: input.now,
        reason: `asked by ${caller.userName}`,
        correlationId,
      }),
    );
    if (asked === undefined) throw new InventivError('not_found', `There is no instance "${input.instance}".`);
    return asked;
  }),

  resetBreaker: api.resetBreaker.handler(async ({input, context}) => {
    const {tools, caller} = context;
    const instance = await findInstance(tools.instances, caller.scope, input.instance);
    const closed = await resetBreaker(
      {instances: tools.instances, health: tools.store.health, audit: tools.audit},
      instance,
      {
        by: caller.userId,
        correlationId: newCorrelationId(context),
      },
    );
    return instanceView(closed, await tools.instances.actions(caller.scope, closed.id), tools.clock.nowMs());
  }),

  archive: api.archive.handler(({input, context}) =>
    changeAll(context, input.instances, (instance, correlationId) => {
      if (!isGone(instance.state)) {
        throw new InventivError(
          'illegal_transition',
          `"${instance.name}" is ${instance.state}; only terminated instances are archived.`,
          {
            hint: `Take it down first: inventiv down ${instance.name}`,
          },
        );
      }

      return archiveInstance(context.tools.instances, instance, correlationId);
    }),
  ),
};

/** Most instances one process drives at a time; the rest wait their turn. */
const drivenAtOnceMax = 32;

async function driveAll(tools: ApiContext['tools'], found: readonly Instance[], signal: AbortSignal): Promise<void> {
  const waiting = found.map(instance => instance.id);
  const drivers = Array.from({length: Math.min(drivenAtOnceMax, waiting.length)}, async () => {
    for (let id = waiting.shift(); id !== undefined && !signal.aborted; id = waiting.shift()) {
      await driveInstance(tools, id, signal);
    }
  });
  await Promise.all(drivers);
}

function plan(
  {tools, caller}: ApiContext,
  input: CreateRequest,
  correlationId: string,
  signal: AbortSignal | undefined,
): Promise<PlannedInstance> {
  const {provider} = input;
  if (!tools.providers.includes(provider)) {
    throw new InventivError('invalid_input', `The provider "${provider}" is not available in this version.`, {
      hint: `Use one of: ${tools.providers.join(', ')}.`,
      param: 'provider',
    });
  }

  return planInstance(tools, caller.scope, input, signal === undefined ? {correlationId} : {correlationId, signal});
}

function limitsOf({ttlMs, spendMaxNanos, idleTimeoutMs}: CreateRequest): InstanceLimits {
  return {ttlMs: ttlMs ?? null, spendMaxNanos: spendMaxNanos ?? null, idleTimeoutMs: idleTimeoutMs ?? null};
}

function planView(
  {model, plan: {chosen, refused}, places, spec, expectedReadyMs}: PlannedInstance,
  limits: InstanceLimits,
  nowMs: number,
): PlanView {
  return {
    model: {id: model.id, hfId: model.hfId, weightsBytes: model.weightsBytes, maxModelLen: chosen.sizing.maxModelLen},
    provider: chosen.type.provider,
    zone: chosen.zone,
    type: chosen.type.name,
    gpuCount: chosen.type.gpuCount,
    mode: spec.mode,
    runtime: spec.runtime,
    diskGb: spec.diskGb,
    image: spec.image,
    engineArgs: [...spec.engineArgs],
    openPorts: [...spec.openPorts],
    sourceRanges: [...spec.sourceRanges],
    pricePerHourNanos: chosen.price.totalPerHourNanos,
    pricePerMonthNanos: chosen.price.totalPerMonthNanos,
    expectedReadyMs,
    limits: plannedLimitsView(limits, chosen.price.totalPerHourNanos, nowMs),
    sizing: explainSizing(model, chosen.sizing),
    fallbacks: places
      .slice(1)
      .map(({type, zone, price}) => ({type: type.name, zone, pricePerHourNanos: price.totalPerHourNanos})),
    refused: refused.map(({typeName, zone, code, text}) => ({type: typeName, zone: zone ?? null, code, reason: text})),
  };
}

async function findAll({tools, caller}: ApiContext, references: readonly string[]): Promise<readonly Instance[]> {
  const found = new Map<string, Instance>();
  for (const reference of references) {
    const instance = await findInstance(tools.instances, caller.scope, reference);
    found.set(instance.id, instance);
  }

  return [...found.values()];
}

/** All are looked up before the first is changed: a typo among several names changes nothing. */
async function changeAll(
  context: ApiContext,
  references: readonly string[],
  act: (instance: Instance, correlationId: string) => Promise<Instance>,
): Promise<InstanceView[]> {
  const {tools, caller} = context;
  const found = await findAll(context, references);
  const correlationId = newCorrelationId(context);
  const changed: InstanceView[] = [];
  for (const instance of found) {
    const after = await act(instance, correlationId);
    changed.push(instanceView(after, await tools.instances.actions(caller.scope, after.id), tools.clock.nowMs()));
  }

  return changed;
}

async function* progress(
  {tools}: ApiContext,
  found: readonly Instance[],
  options: Parameters<typeof watchInstances>[2],
): AsyncGenerator<ProgressView> {
  for await (const glimpse of watchInstances(
    tools,
    found.map(instance => instance.id),
    options,
  )) {
    const nowMs = tools.clock.nowMs();
    yield {
      instance: glimpseView(glimpse, nowMs),
      action: glimpse.action === null ? null : actionView(glimpse.action),
      etaMs: etaMs(glimpse, nowMs),
    };
  }
}

/** Several actions may have ended since the last look: each is told with the progress as it was then. */
function glimpseView({file: {instance, actions}, action}: InstanceGlimpse, nowMs: number): InstanceView {
  const view = instanceView(instance, actions, nowMs);
  if (action === null || view.progressPercent === 0) return view;
  const upToThis = actions.slice(0, actions.indexOf(action) + 1);
  return {...view, progressPercent: Math.min(view.progressPercent, percentOfActions(upToThis))};
}

/** What was expected when it was requested, less what has passed; null once it is not on its way to ready. */
function etaMs({file: {instance, actions}}: InstanceGlimpse, nowMs: number): number | null {
  const expected = actions.find(action => action.type === 'REQUEST_CREATE')?.metadata.expectedReadyMs;
  const underWay = ['provisioning', 'booting', 'installing', 'starting'].includes(instance.state);
  const since = actions.findLast(action => action.type === 'REQUEST_REINSTALL')?.startedAtMs ?? instance.createdAtMs;
  return underWay && typeof expected === 'number' ? Math.max(0, since + expected - nowMs) : null;
}

function newCorrelationId({tools}: ApiContext): string {
  return tools.ids.next('correlation');
}
