import type {CheckKind} from '../../core/health/choose-check.ts';
import type {WorkerSigns} from '../../core/health/judge-worker.ts';
import type {HealthMemory} from '../../core/health/memory.ts';
import type {Instance} from '../../core/instance/instance.ts';
import {agentOfPayload} from '../../core/worker/agent-of-payload.ts';
import type {WorkerSample} from '../../core/worker/protocol.ts';
import type {WorkerTarget} from '../../ports/worker.ts';
import {type HealthTools, probeTarget} from './tools.ts';

/** A wedged engine that has nothing to do any more is asked for one token; it may take this long. */
const warmUpTimeoutMs = 20_000;

/** What a heartbeat says, or the worker itself when there is no fresh one. */
export async function readSigns(
  tools: HealthTools,
  {instance, memory, sample}: {instance: Instance; memory: HealthMemory; sample: WorkerSample | null},
  kind: Exclude<CheckKind, 'cached' | 'left_alone'>,
  signal: AbortSignal,
): Promise<WorkerSigns> {
  const target = probeTarget(tools, instance, signal);
  // Who shows another certificate is not this worker: to us, it is silent.
  const signs =
    kind === 'heartbeat' && sample !== null ? signsOfSample(sample) : await ask(tools, target).catch(() => silence);
  const isIdleAndWedged = signs.isAlive && memory.wedgedAtTokens !== null && signs.running === 0;
  if (!isIdleAndWedged || target === null) return signs;
  const {servedModelName: model, task} = instance.spec;
  const answer = await tools.worker
    .warmUp({...target, signal}, {model, task, timeoutMs: warmUpTimeoutMs})
    .catch(() => null);
  return {...signs, warmUpAnswered: answer !== null};
}

function signsOfSample({atMs, running, waiting, promptTokens, generationTokens, payload}: WorkerSample): WorkerSigns {
  return {
    isAlive: true,
    seenAtMs: atMs,
    running: running === null && waiting === null ? null : (running ?? 0) + (waiting ?? 0),
    tokens: promptTokens === null || generationTokens === null ? null : promptTokens + generationTokens,
    agent: agentOfPayload(payload),
    warmUpAnswered: null,
  };
}

async function ask({worker, clock}: HealthTools, target: WorkerTarget | null): Promise<WorkerSigns> {
  if (target === null || !(await worker.isEngineHealthy(target))) return silence;
  const [load, info] = await Promise.all([worker.readLoad(target), worker.readAgentInfo(target)]);
  return {
    isAlive: true,
    seenAtMs: clock.nowMs(),
    running: load === null ? null : load.running + load.waiting,
    tokens: load?.tokens ?? null,
    agent: info === null ? null : {version: info.version, sha256: info.sha256},
    warmUpAnswered: null,
  };
}

const silence: WorkerSigns = {
  isAlive: false,
  seenAtMs: 0,
  running: null,
  tokens: null,
  agent: null,
  warmUpAnswered: null,
};
