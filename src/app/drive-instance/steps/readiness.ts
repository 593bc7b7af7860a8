import {InventivError} from '../../../core/errors.ts';
import {describeMark, type StartMark} from '../../../core/instance/start-mark.ts';
import {minuteMs, secondMs} from '../../../core/time.ts';
import type {AgentInfo, WorkerTarget} from '../../../ports/worker.ts';
import {type Step, type StepOutcome, type StepRun, type StepTools, wait} from '../step.ts';
import {refuseDeadEngine, refuseFailure, startMarkOf, workerTarget} from './refuse-failure.ts';

const pollFirstMs = 200;
const pollMaxMs = 2 * secondMs;
/** A load that has taken a minute is not over in the next second. */
const pollShareOfWait = 0.03;
/** vLLM's first request compiles kernels: at least a minute (vLLM contract, section 8). */
const warmUpTimeoutMs = 2 * minuteMs;
const drainPollMs = secondMs;
/** Every proxy has stopped sending to a draining worker after this long. */
const drainSettlesMs = secondMs;

/**
 * `/health` of every engine answers 200: one is asked itself; of several the agent tells, who sits beside them, for the
 * front gives them one face. Until then the engine's log tells how far the load is, or why it failed.
 */
export const awaitEngineHttp: Step = async (tools, run) => {
  const target = workerTarget(tools, run);
  const healthy = await tools.worker.isEngineHealthy(target);
  if (healthy && !hasSeveralEngines(run)) return {kind: 'done'};

  const info = await tools.worker.readAgentInfo(target);
  const engines = info?.replicas ?? [];
  if (healthy && engines.length > 0 && engines.every(({httpOk}) => httpOk)) {
    return {kind: 'done', metadata: {engines: engines.map(({name}) => name)}};
  }

  await refuseFailure(tools, run, info);
  const mark = info && startMarkOf(info);
  return mark === null
    ? wait(nextPollMs(tools, run), 'starting the engine')
    : wait(nextPollMs(tools, run), describeStart(mark, engines), mark);
};

/** The expected model is served by every engine, with at least the context that was asked for. */
export const awaitModelLoaded: Step = async (tools, run) => {
  const {spec} = run.file.instance;
  const target = workerTarget(tools, run);
  const models = await tools.worker.readModels(target);
  const served = models?.find(model => model.id === spec.servedModelName);
  const info = served === undefined || hasSeveralEngines(run) ? await tools.worker.readAgentInfo(target) : null;
  const without = (info?.replicas ?? []).find(({models: ids}) => ids?.includes(spec.servedModelName) !== true);
  if (served === undefined || without !== undefined || (hasSeveralEngines(run) && info === null)) {
    await refuseFailure(tools, run, info);
    const what = models === null ? 'waiting for the model list' : `waiting for ${spec.servedModelName}`;
    return wait(pollFirstMs, served === undefined ? what : `${what} on ${without?.name ?? 'every engine'}`);
  }

  const lengths = [served.maxModelLen, ...(info?.replicas ?? []).map(({maxModelLen}) => maxModelLen)];
  const shortest = Math.min(...lengths.filter(length => length !== null));
  if (spec.maxModelLen !== null && shortest < spec.maxModelLen) {
    throw new InventivError(
      'instance_failed',
      `The worker serves ${served.id} with ${shortest} tokens of context; ${spec.maxModelLen} were asked for.`,
      {hint: 'Ask for less with --max-model-len, or take a larger type.', detailCode: 'CONTEXT_TOO_SMALL'},
    );
  }

  return {kind: 'done', metadata: {maxModelLen: served.maxModelLen}};
};

/** One real answer with usage, of every engine. */
export const warmUp: Step = async (tools, run) => {
  const {spec} = run.file.instance;
  const target = workerTarget(tools, run);
  if (hasSeveralEngines(run)) return warmUpEngines(tools, run, target);
  const request = {model: spec.servedModelName, task: spec.task, timeoutMs: warmUpTimeoutMs};
  const result = await tools.worker.warmUp(target, request);
  if (result === null) {
    await refuseDeadEngine(tools, run);
    return wait(secondMs, 'waiting for the first answer');
  }

  const {promptTokens, completionTokens} = result;
  return {kind: 'done', metadata: {durationMs: Math.round(result.durationMs), promptTokens, completionTokens}};
};

async function warmUpEngines(tools: StepTools, run: StepRun, target: WorkerTarget): Promise<StepOutcome> {
  const {task} = run.file.instance.spec;
  const engines = await tools.worker.warmUpReplicas(target, {task, timeoutMs: warmUpTimeoutMs});
  const cold = engines?.filter(({durationMs}) => durationMs === null) ?? [];
  if (engines === null || engines.length === 0 || cold.length > 0) {
    await refuseDeadEngine(tools, run);
    const [first] = cold;
    const what =
      first === undefined ? 'waiting for the agent' : `waiting for ${first.name}: ${first.error ?? 'no answer'}`;
    return wait(secondMs, what);
  }

  return {
    kind: 'done',
    metadata: {
      durationsMs: Object.fromEntries(engines.map(({name, durationMs}) => [name, durationMs])),
      promptTokens: engines.reduce((sum, {promptTokens}) => sum + (promptTokens ?? 0), 0),
      // Each is asked for one token.
      completionTokens: task === 'generate' ? engines.length : 0,
    },
  };
}

/** The last look before traffic: engine healthy, agent answering, and the agent is the one that was installed. */
export const checkHealth: Step = async (tools, run) => {
  const target = workerTarget(tools, run);
  const [healthy, info] = await Promise.all([tools.worker.isEngineHealthy(target), tools.worker.readAgentInfo(target)]);
  if (!healthy || info === null) {
    await refuseDeadEngine(tools, run);
    return wait(pollFirstMs, healthy ? 'waiting for the agent' : 'waiting for the engine');
  }

  return {
    kind: 'done',
    metadata: {agentVersion: info.version, agentMatches: info.sha256 === run.file.instance.agentSha256},
    change: {fields: {lastSeenAtMs: tools.clock.nowMs(), consecutiveFailures: 0}},
  };
};

/** Nothing new arrives (the proxy leaves draining workers alone); done when what runs has ended. */
export const drain: Step = async (tools, run) => {
  const load = await tools.worker.readLoad(workerTarget(tools, run));
  // A sample from before the proxies heard of the drain says nothing about requests they sent meanwhile.
  if (load === null || load.sampledAtMs < run.file.instance.stateSinceMs + drainSettlesMs) {
    return wait(drainPollMs, 'waiting for the worker to tell its load');
  }

  const open = load.running + load.waiting;
  return open === 0 ? {kind: 'done'} : wait(drainPollMs, `${open} requests still running`);
};

function hasSeveralEngines({file: {instance}}: StepRun): boolean {
  return instance.spec.mode === 'multi' && instance.gpuCount > 1;
}

function describeStart(mark: StartMark, engines: AgentInfo['replicas']): string {
  const up = engines.length > 1 ? `${mark.enginesUp} of ${engines.length} engines answer; ` : '';
  return `${up}${describeMark(mark)}`;
}

/** Often at first, then as befits what has been waited for already. */
function nextPollMs(tools: StepTools, {file: {instance}}: StepRun): number {
  const waitedMs = tools.clock.nowMs() - instance.stateSinceMs;
  return Math.min(pollMaxMs, Math.max(pollFirstMs, Math.round(waitedMs * pollShareOfWait)));
}
