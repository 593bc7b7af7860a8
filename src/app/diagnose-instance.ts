import {adviceFor, failureOf} from '../core/diagnosis/catalogue.ts';
import {type Diagnosis, diagnoseLog} from '../core/diagnosis/log-diagnosis.ts';
import type {Action} from '../core/instance/action.ts';
import type {Instance} from '../core/instance/instance.ts';
import {redact} from '../core/redact.ts';
import {bootstrapOutput, type LogTools} from './read-logs.ts';
import {readWorkerLog} from './worker-log.ts';

/** A cause, from a log or from the record of the failure. */
export type FoundCause = Omit<Diagnosis, 'advice' | 'lineNumber'> & {
  readonly advice: string | null;
  readonly lineNumber: number | null;
};

export type DiagnosisSource = 'record' | 'bootstrap' | 'engine' | 'agent';

export interface InstanceDiagnosis {
  readonly diagnosis: FoundCause | null;
  readonly source: DiagnosisSource | null;
  readonly lookedAt: readonly {readonly source: DiagnosisSource; readonly lineCount: number}[];
}

type Tools = Pick<LogTools, 'instances' | 'worker' | 'secretBox'>;

/** vLLM's traceback is some forty lines per process, of up to eight; the cause stands above them. */
const tail = {tailLines: 2000};

/**
 * The known cause, most telling source first: the failure that is recorded, the log of the engine (from the machine, else
 * what was kept of it), the agent's own, the output of the installation. Reads, changes nothing.
 */
export async function diagnoseInstance(
  tools: Tools,
  instance: Instance,
  signal: AbortSignal | undefined,
): Promise<InstanceDiagnosis> {
  const recorded = causeOnRecord(instance);
  if (recorded !== null) return {diagnosis: recorded, source: 'record', lookedAt: []};

  const actions = await tools.instances.actions({organizationId: instance.organizationId}, instance.id);
  const logs: readonly (readonly [DiagnosisSource, readonly string[]])[] = [
    ['engine', await engineLines(tools, instance, actions, signal)],
    ['agent', (await readWorkerLog(tools, instance, 'agent', tail, signal))?.lines ?? []],
    ['bootstrap', actions.flatMap(bootstrapOutput).map(({text}) => text)],
  ];
  const lookedAt = logs.map(([source, lines]) => ({source, lineCount: lines.length}));
  for (const [source, lines] of logs) {
    const diagnosis = diagnoseLog(lines);
    if (diagnosis !== null) return {diagnosis: redacted(diagnosis), source, lookedAt};
  }

  return {diagnosis: null, source: null, lookedAt};
}

/** A failure that was recorded under a code of ours; others (`ENGINE_EXITED`, `STARTUP_TIMEOUT`) send us to the logs. */
function causeOnRecord({failure}: Instance): FoundCause | null {
  if (failure === null || isVague(failure.code)) return null;
  return {
    code: failure.code,
    cause: failure.message,
    advice: failure.hint ?? adviceFor(failure.code),
    evidenceLines: failure.evidenceLines ?? [],
    lineNumber: null,
    alsoSeen: [],
    isEarlierAttempt: false,
  };
}

function isVague(code: string): boolean {
  return failureOf(code) === null || code === 'ENGINE_EXITED' || code === 'STARTUP_TIMEOUT';
}

async function engineLines(
  tools: Tools,
  instance: Instance,
  actions: readonly Action[],
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const live = await readWorkerLog(tools, instance, 'engine', tail, signal);
  if (live !== null && live.lines.length > 0) return live.lines;
  const kept = actions.findLast(({type}) => type === 'WORKER_LOG_FETCH')?.metadata.lines;
  return Array.isArray(kept) ? kept.map(String) : [];
}

function redacted(diagnosis: Diagnosis): Diagnosis {
  return {...diagnosis, evidenceLines: diagnosis.evidenceLines.map(redact)};
}
