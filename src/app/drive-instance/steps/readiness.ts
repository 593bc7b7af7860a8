import {
  engineAliveScript,
  engineAliveTimeoutMs,
  engineDeadExitCode,
  engineExitedText,
  engineLogLinesMax,
} from '../../../core/bootstrap/engine-watch.ts';
import {adviceFor} from '../../../core/diagnosis/catalogue.ts';
import {type Diagnosis, diagnoseLog} from '../../../core/diagnosis/log-diagnosis.ts';
import {InventivError} from '../../../core/errors.ts';
import {minuteMs, secondMs} from '../../../core/time.ts';
import type {AgentInfo, WorkerTarget} from '../../../ports/worker.ts';
import {workerTargetOf} from '../../worker-log.ts';
import {type Step, type StepRun, type StepTools, wait} from '../step.ts';
import {addressOf, shellTarget} from './install.ts';

const pollMs = 200;
/** vLLM's first request compiles kernels: at least a minute (vLLM contract, section 8). */
const warmUpTimeoutMs = 2 * minuteMs;
/** Of a log without a known cause. */
const evidenceLinesMax = 10;
const drainPollMs = secondMs;
/** Every proxy has stopped sending to a draining worker after this long. */
const drainSettlesMs = secondMs;

/** Engine `/health` answers 200. Until then, the agent's reading of the engine log tells how far the load is, or why it failed. */
export const awaitEngineHttp: Step = async (tools, run) => {
  const target = workerTarget(tools, run);
  if (await tools.worker.isEngineHealthy(target)) {
    return {kind: 'done'};
  }

  const info = await tools.worker.readAgentInfo(target);
  refuseDiagnosedFailure(info);
  await refuseDeadEngine(tools, run);
  return wait(pollMs, describePhase(info));
};

/** The expected model is served, with at least the context that was asked for. */
export const awaitModelLoaded: Step = async (tools, run) => {
  const {spec} = run.file.instance;
  const target = workerTarget(tools, run);
  const models = await tools.worker.readModels(target);
  const served = models?.find(model => model.id === spec.servedModelName);
  if (served === undefined) {
    refuseDiagnosedFailure(await tools.worker.readAgentInfo(target));
    await refuseDeadEngine(tools, run);
    return wait(pollMs, models === null ? 'waiting for the model list' : `waiting for ${spec.servedModelName}`);
  }

  if (spec.maxModelLen !== null && served.maxModelLen !== null && served.maxModelLen < spec.maxModelLen) {
    throw new InventivError(
      'instance_failed',
      `The worker serves ${served.id} with ${served.maxModelLen} tokens of context; ${spec.maxModelLen} were asked for.`,
      {hint: 'Ask for less with --max-model-len, or take a larger type.', detailCode: 'CONTEXT_TOO_SMALL'},
    );
  }

  return {kind: 'done', metadata: {maxModelLen: served.maxModelLen}};
};

/** One real answer with usage. */
export const warmUp: Step = async (tools, run) => {
  const {spec} = run.file.instance;
  const target = workerTarget(tools, run);
  const result = await tools.worker.warmUp(target, {
    model: spec.servedModelName,
    task: spec.task,
    timeoutMs: warmUpTimeoutMs,
  });
  if (result === null) {
    await refuseDeadEngine(tools, run);
    return wait(secondMs, 'waiting for the first answer');
  }

  return {kind: 'done', metadata: {durationMs: Math.round(result.durationMs), promptTokens: result.promptTokens}};
};

/** The last look before traffic: engine healthy, agent answering, and the agent is the one that was installed. */
export const checkHealth: Step = async (tools, run) => {
  const target = workerTarget(tools, run);
  const [healthy, info] = await Promise.all([tools.worker.isEngineHealthy(target), tools.worker.readAgentInfo(target)]);
  if (!healthy || info === null) {
    await refuseDeadEngine(tools, run);
    return wait(pollMs, healthy ? 'waiting for the agent' : 'waiting for the engine');
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

export function workerTarget(tools: Pick<StepTools, 'secretBox'>, run: StepRun): WorkerTarget {
  const {instance} = run.file;
  const target = workerTargetOf(tools, instance, run.call.signal);
  if (target === null) {
    throw new InventivError('unexpected', `Instance "${instance.name}" has no worker endpoint.`, {
      hint: 'Run "inventiv reinstall NAME".',
    });
  }

  return target;
}

function refuseDiagnosedFailure(info: AgentInfo | null): void {
  if (info?.failure == null) return;
  const {code, message, evidenceLines} = info.failure;
  // The agent's evidence begins with lines from before the cause.
  const diagnosis = diagnoseLog(evidenceLines);
  throw diagnosis?.code === code ? engineFailure(diagnosis) : engineFailure({code, cause: message, evidenceLines});
}

async function refuseDeadEngine(tools: StepTools, run: StepRun): Promise<void> {
  const address = await addressOf(tools, run);
  await using shell = await tools.shell.open(shellTarget(run, address));
  const lines: string[] = [];
  const result = await shell.run({
    script: engineAliveScript,
    timeoutMs: engineAliveTimeoutMs,
    onLine: line => {
      // The line after the log tells how it ended.
      if (lines.length <= engineLogLinesMax) lines.push(line);
    },
  });
  if (result.exitCode !== engineDeadExitCode) return;

  const diagnosis = diagnoseLog(lines);
  if (diagnosis !== null && diagnosis.code !== 'ENGINE_EXITED') throw engineFailure(diagnosis);
  // Progress bars are redrawn with carriage returns: what was last to be seen stands after the last one.
  const shown = lines.map(line => line.trimEnd().split('\r').at(-1) ?? '').filter(line => line.trim() !== '');
  const [last, before] = shown.toReversed();
  const isToldToo = before !== undefined && last?.startsWith(engineExitedText) === true;
  const said = isToldToo ? `${before} (${last})` : (last ?? 'it left no log');
  throw engineFailure({
    code: 'ENGINE_EXITED',
    cause: `The engine ended: ${said}`,
    evidenceLines: shown.slice(-evidenceLinesMax),
  });
}

function engineFailure(
  diagnosis: Pick<Diagnosis, 'code' | 'cause' | 'evidenceLines'> & Partial<Diagnosis>,
): InventivError {
  const {code, cause, advice, evidenceLines} = diagnosis;
  return new InventivError('instance_failed', cause, {
    hint: advice ?? adviceFor(code) ?? 'Read its log with "inventiv logs NAME --vllm".',
    detailCode: code,
    evidenceLines,
  });
}

function describePhase(info: AgentInfo | null): string {
  if (info?.phase == null) return 'starting the engine';
  const percent = info.phase.progress === null ? '' : ` ${Math.round(info.phase.progress)} %`;
  return `${info.phase.name}${percent}${info.phase.detail === null ? '' : `: ${info.phase.detail}`}`;
}
