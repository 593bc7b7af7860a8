import type {Bootstrap, BootstrapStep} from '../../core/bootstrap/bootstrap.ts';
import {type BootstrapProgress, parseBootstrapLine} from '../../core/bootstrap/phase-parser.ts';
import {adviceFor, failureOf} from '../../core/diagnosis/catalogue.ts';
import {diagnoseLog} from '../../core/diagnosis/log-diagnosis.ts';
import {InventivError} from '../../core/errors.ts';
import type {ActionMetadata, JsonValue} from '../../core/instance/action.ts';
import {redact} from '../../core/redact.ts';
import type {Shell} from '../../ports/shell.ts';
import type {StepRun} from './step.ts';

type InstallAction = 'WORKER_SSH_INSTALL' | 'EXECUTE_REINSTALL' | 'WORKER_UNINSTALL';

/** Runs a bootstrap whole, from wherever an earlier run was cut off; its facts. Phases and progress are noted as they come. */
export async function runBootstrap(shell: Shell, bootstrap: Bootstrap, run: StepRun): Promise<ActionMetadata> {
  const facts: Record<string, JsonValue> = {};
  const runAll = async (steps: readonly BootstrapStep[]): Promise<void> => {
    for (const step of steps) {
      const activity = `installing: ${step.name}`;
      await run.record({actions: [{kind: 'note', type: 'WORKER_SSH_INSTALL', metadata: {phase: step.name, activity}}]});
      Object.assign(facts, await runBootstrapStep(shell, step, facts, run));
    }
  };

  await runAll(bootstrap.checks);
  for (const file of bootstrap.files) await shell.writeFile(file.path, file.content, file.mode);
  await runAll(bootstrap.steps);
  return facts;
}

export async function runBootstrapStep(
  shell: Shell,
  step: BootstrapStep,
  known: ActionMetadata,
  run: StepRun,
  type: InstallAction = 'WORKER_SSH_INSTALL',
): Promise<ActionMetadata> {
  const facts: Record<string, JsonValue> = {};
  let failure: {code: string; message: string} | null = null;
  const notes = new ProgressNotes(run, type, step.name);
  const result = await shell.run({
    script: typeof step.script === 'string' ? step.script : step.script(known),
    timeoutMs: step.timeoutMs,
    ...(run.call.signal === undefined ? {} : {signal: run.call.signal}),
    onLine: text => {
      const line = parseBootstrapLine(text);
      if (line.kind === 'fact') Object.assign(facts, line.fact);
      if (line.kind === 'failure') failure ??= {code: line.code, message: line.message};
      if (line.kind === 'progress') notes.show(line);
    },
  });

  await notes.settled();
  const phase = {
    durationMs: Math.round(result.durationMs),
    exitCode: result.exitCode,
    output: result.outputTail.filter(text => parseBootstrapLine(text).kind !== 'progress').map(redact),
  };
  await run.record({actions: [{kind: 'note', type, metadata: {[`phase:${step.name}`]: phase}}]});
  if (result.exitCode !== 0) throw bootstrapError(step.name, result.exitCode, failure, result.outputTail);
  return facts;
}

/** Writes how far a step is: one record at a time, and always the latest; what comes meanwhile is not queued. */
class ProgressNotes {
  readonly #run: StepRun;
  readonly #type: InstallAction;
  readonly #phase: string;
  #latest: BootstrapProgress | null = null;
  #writing: Promise<void> | null = null;

  constructor(run: StepRun, type: InstallAction, phase: string) {
    this.#run = run;
    this.#type = type;
    this.#phase = phase;
  }

  show(progress: BootstrapProgress): void {
    this.#latest = progress;
    this.#writing ??= this.#write();
    // Told by `settled`.
    this.#writing.catch(() => undefined);
  }

  /** Rejects when a record was refused: the lease is somebody else's by now. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  async #write(): Promise<void> {
    while (this.#latest !== null) {
      const {doneBytes, totalBytes} = this.#latest;
      this.#latest = null;
      const activity = `installing: ${this.#phase} ${describeBytes(doneBytes, totalBytes)}`;
      const metadata = {activity, [`bytes:${this.#phase}`]: {done: doneBytes, total: totalBytes}};
      await this.#run.record({actions: [{kind: 'note', type: this.#type, metadata}]});
    }

    this.#writing = null;
  }
}

const bytesPerGb = 1e9;

function describeBytes(doneBytes: number, totalBytes: number | null): string {
  const done = (doneBytes / bytesPerGb).toFixed(1);
  if (totalBytes === null || totalBytes === 0) return `${done} GB`;
  return `${Math.floor((100 * doneBytes) / totalBytes)} % (${done} of ${(totalBytes / bytesPerGb).toFixed(1)} GB)`;
}

function bootstrapError(
  phase: string,
  exitCode: number,
  failure: {code: string; message: string} | null,
  outputTail: readonly string[],
): InventivError {
  const found = failure === null ? diagnoseLog(outputTail) : null;
  const said = redact(failure?.message ?? found?.cause ?? outputTail.at(-1) ?? 'no output');
  const code = failure?.code ?? found?.code;
  return new InventivError(
    'instance_failed',
    `Bootstrap phase "${phase}" failed with exit status ${exitCode}: ${said}`,
    {
      hint: adviceFor(code ?? '') ?? 'Read its output with "inventiv logs NAME --bootstrap".',
      detailCode: code ?? 'BOOTSTRAP_FAILED',
      evidenceLines: found?.evidenceLines ?? [],
      // Without a cause that is known to stay, the machine may only not be ready yet: worth another try.
      retryable: code === undefined || failureOf(code)?.mayPass === true,
    },
  );
}
