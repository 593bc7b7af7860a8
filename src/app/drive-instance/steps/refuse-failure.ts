import {
  engineAliveScript,
  engineAliveTimeoutMs,
  engineDeadExitCode,
  engineExitedText,
  engineLogLinesMax,
} from '../../../core/bootstrap/engine-watch.ts';
import {adviceFor, failureOf} from '../../../core/diagnosis/catalogue.ts';
import {type Diagnosis, diagnoseLog} from '../../../core/diagnosis/log-diagnosis.ts';
import {InventivError} from '../../../core/errors.ts';
import {isCrashLoop, type StartMark} from '../../../core/instance/start-mark.ts';
import type {AgentInfo, WorkerTarget} from '../../../ports/worker.ts';
import {workerTargetOf} from '../../worker-log.ts';
import type {StepRun, StepTools} from '../step.ts';
import {addressOf, shellTarget} from './install.ts';

/** Of a log without a known cause. */
const evidenceLinesMax = 10;

/** Ends the start at once where it cannot come to an end by itself: a known cause, a dead engine, a crash loop. */
export async function refuseFailure(tools: StepTools, run: StepRun, info: AgentInfo | null): Promise<void> {
  if (info?.failure != null) {
    const {code, message, evidenceLines} = info.failure;
    const diagnosis = diagnoseLog(evidenceLines);
    throw engineFailure(
      diagnosis?.code === code ? diagnosis : {code, cause: failureOf(code)?.cause ?? message, evidenceLines},
    );
  }

  await refuseDeadEngine(tools, run);
  const mark = info && startMarkOf(info);
  if (mark === null || !isCrashLoop(mark)) return;
  const page = await tools.worker.readLog(workerTarget(tools, run), 'engine', {tailLines: engineLogLinesMax});
  const lines = page?.lines ?? [];
  const cause = `The engine was started ${mark.attempt} times and ended each time.`;
  throw engineFailure(diagnoseLog(lines) ?? {code: 'CRASH_LOOP', cause, evidenceLines: lines.slice(-evidenceLinesMax)});
}

export async function refuseDeadEngine(tools: StepTools, run: StepRun): Promise<void> {
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

export function startMarkOf({phase, replicas}: AgentInfo): StartMark | null {
  const enginesUp = replicas.filter(({httpOk}) => httpOk).length;
  return (
    phase && {enginesUp, phase: phase.name, progress: phase.progress, detail: phase.detail, attempt: phase.attempt}
  );
}

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
