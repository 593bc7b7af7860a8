import {type EngineClock, pause} from './clock.ts';
import type {ServerLog} from './log-lines.ts';
import type {FakeVllmOptions} from './options.ts';
import {kvTooSmallText, START_UP_FAILURES, type StartUpFailure} from './start-up-failures.ts';
import {
  KV_BYTES_PER_TOKEN,
  PHASE_NAMES,
  PHASES,
  type Phase,
  type PhaseName,
  type StartUpFacts,
} from './start-up-phases.ts';
import {apiTraceback, engineTraceback} from './tracebacks.ts';

type StartUpResult =
  | {kind: 'ready'; diesAtFirstRequest: string | null}
  | {kind: 'failed'; exitCode: number; killed: boolean}
  | {kind: 'interrupted'};

/**
 * Runs the phases of a start-up in real time and writes vLLM's log lines. Does not listen: while this runs, a connect to the
 * API port is refused.
 */
export async function startUp(
  options: FakeVllmOptions,
  facts: StartUpFacts,
  clock: EngineClock,
  log: ServerLog,
  signal: AbortSignal,
): Promise<StartUpResult> {
  const planned = plannedFailure(options, facts);
  const pace = pacer(clock, signal);
  for (const phase of PHASES) {
    const failsHere = planned?.phase === phase.name && planned.failure.kind !== 'serve';
    if (failsHere && planned.failure.kind === 'container') return failInDocker(planned.failure, planned.cause, log);
    await runPhase(phase, options, facts, log, pace, failsHere ? 0.5 : 1);
    if (signal.aborted) return {kind: 'interrupted'};
    if (failsHere) return failInProcess(planned, log);
  }
  return {kind: 'ready', diesAtFirstRequest: planned?.failure.kind === 'serve' ? planned.cause : null};
}

/** Waits until `ms` after the end of the wait before it, so that many short waits do not add up to a long one. */
type Pace = (ms: number) => Promise<'on' | 'stop'>;

function pacer(clock: EngineClock, signal: AbortSignal): Pace {
  let dueAtMs = clock.nowMs();
  return async ms => {
    dueAtMs += ms;
    const leftMs = dueAtMs - clock.nowMs();
    if (leftMs > 0) await pause(clock, leftMs, signal);
    return signal.aborted ? 'stop' : 'on';
  };
}

async function runPhase(
  phase: Phase,
  options: FakeVllmOptions,
  facts: StartUpFacts,
  log: ServerLog,
  pace: Pace,
  part: number,
): Promise<void> {
  const totalMs = options.phaseMs[phase.name] ?? options.startupMs * phase.share;
  // A phase without time did not happen: no download lines with a filled cache.
  if (phase.share === 0 && totalMs === 0) return;
  const steps = phase.steps(facts);
  for (const step of steps.slice(0, Math.ceil(steps.length * part))) {
    step(log);
    if ((await pace(totalMs / steps.length)) === 'stop') return;
  }
}

interface PlannedFailure {
  phase: PhaseName;
  failure: StartUpFailure;
  cause: string;
  isReadyTimeout: boolean;
}

/** The scripted failure, or the one that the options themselves would cause. */
function plannedFailure(options: FakeVllmOptions, facts: StartUpFacts): PlannedFailure | null {
  const {failure: asked} = options;
  if (asked !== null) {
    const failure: StartUpFailure = START_UP_FAILURES[asked.code];
    const isServeAsAsked = failure.kind === 'serve' && (asked.phase ?? 'serving') !== 'serving';
    return {
      phase: asked.phase ?? failure.phase,
      failure: isServeAsAsked ? {...failure, kind: 'process'} : failure,
      cause: failure.cause({...options}),
      isReadyTimeout: asked.code === 'READY_TIMEOUT',
    };
  }
  const natural = naturalFailure(options, facts);
  if (natural === null) return null;
  const failure: StartUpFailure = {phase: natural.phase, kind: 'process', exitCode: 1, cause: () => natural.cause};
  return {...natural, failure, isReadyTimeout: false};
}

function naturalFailure(options: FakeVllmOptions, facts: StartUpFacts): {phase: PhaseName; cause: string} | null {
  const {tensorParallelSize, pipelineParallelSize, attentionHeads, gpus, maxModelLen} = options;
  if (attentionHeads % tensorParallelSize !== 0) {
    const cause =
      'pydantic_core._pydantic_core.ValidationError: 1 validation error for VllmConfig\n  Value error, Total number of attention heads ' +
      `(${attentionHeads}) must be divisible by tensor parallel size (${tensorParallelSize}).`;
    return {phase: 'config', cause};
  }
  const worldSize = tensorParallelSize * pipelineParallelSize;
  if (worldSize > gpus) {
    const cause = `ValueError: World size (${worldSize}) is larger than the number of available GPUs (${gpus}) in this node.`;
    return {phase: 'config', cause};
  }
  const fittingTokens = facts.numGpuBlocks * facts.blockTokens;
  if (fittingTokens < maxModelLen) {
    const gib = (tokens: number): number => (tokens * KV_BYTES_PER_TOKEN) / 2 ** 30;
    const sizes = {maxModelLen, neededGib: gib(maxModelLen), availableGib: gib(fittingTokens), fittingTokens};
    return {phase: 'kv', cause: kvTooSmallText(sizes)};
  }
  return null;
}

function failInDocker({exitCode}: StartUpFailure, cause: string, log: ServerLog): StartUpResult {
  log.plain(cause);
  return {kind: 'failed', exitCode, killed: false};
}

function failInProcess({phase, failure, cause, isReadyTimeout}: PlannedFailure, log: ServerLog): StartUpResult {
  if (failure.kind === 'killed') return {kind: 'failed', exitCode: failure.exitCode, killed: true};
  for (const line of failure.before ?? []) log.plain(line);
  const inEngine = PHASE_NAMES.indexOf(phase) >= PHASE_NAMES.indexOf('init_gpu') && phase !== 'serving';
  if (inEngine && !isReadyTimeout) engineTraceback(cause, log);
  else apiTraceback(cause, log);
  return {kind: 'failed', exitCode: failure.exitCode, killed: false};
}
