import type {Bootstrap, BootstrapStep} from '../../../core/bootstrap/native.ts';
import {nativeBootstrap} from '../../../core/bootstrap/native.ts';
import {parseBootstrapLine} from '../../../core/bootstrap/phase-parser.ts';
import {stopWorkerStep} from '../../../core/bootstrap/stop-worker.ts';
import {adviceFor, failureOf} from '../../../core/diagnosis/catalogue.ts';
import {diagnoseLog} from '../../../core/diagnosis/log-diagnosis.ts';
import {InventivError} from '../../../core/errors.ts';
import type {ActionMetadata, JsonValue} from '../../../core/instance/action.ts';
import {redact} from '../../../core/redact.ts';
import type {ServerAddress} from '../../../ports/provider.ts';
import type {Shell} from '../../../ports/shell.ts';
import {providerIdOf, type Step, type StepRun, type StepTools, wait} from '../step.ts';
import {readLiveServer} from './provision.ts';

const pollMs = 250;
const enrolmentSecretBytes = 32;

export const awaitShell: Step = async (tools, run) => {
  const address = await addressOf(tools, run);
  const reachable = await tools.shell.isReachable({...shellTarget(run, address)});
  return reachable ? {kind: 'done'} : wait(pollMs, 'waiting for the machine to answer');
};

/** Writes the files and runs the scripts of the bootstrap; each is idempotent, so an interrupted install is simply run again. */
export const installWorker: Step = async (tools, run) => {
  const {instance} = run.file;
  const address = await addressOf(tools, run);
  const agent = await tools.agentSource.read();
  const bootstrap = nativeBootstrap({
    instanceId: instance.id,
    agentSource: agent.source,
    agentSha256: agent.sha256,
    workerKey: tools.secretBox.open(instance.workerKeySealed, workerKeyContext(instance.id)),
    engineCommand: instance.spec.engineCommand ?? tools.defaultEngineCommand(instance.provider),
    engineArgs: instance.spec.engineArgs,
    servedModelName: instance.spec.servedModelName,
    maxModelLen: instance.spec.maxModelLen,
    gpuCount: instance.gpuCount,
    openaiPort: address.openaiPort,
    agentPort: address.agentPort,
    controlPlane: await enrolment(tools, instance.id),
  });

  await using shell = await tools.shell.open(shellTarget(run, address));
  const facts = await runBootstrap(shell, bootstrap, run);
  return {
    kind: 'done',
    metadata: {facts},
    change: {
      fields: {
        endpoint: {
          openaiUrl: `http://${address.host}:${address.openaiPort}`,
          agentUrl: `http://${address.host}:${address.agentPort}`,
          tlsFingerprint: null,
        },
        agentVersion: agent.version,
        agentSha256: agent.sha256,
      },
    },
  };
};

/** Before a reinstallation: what an earlier installation started is stopped, so that the new one starts everything anew. */
export const stopWorker: Step = async (tools, run) => {
  const address = await addressOf(tools, run);
  await using shell = await tools.shell.open(shellTarget(run, address));
  await runBootstrapStep(shell, stopWorkerStep, run, 'EXECUTE_REINSTALL');
  return {kind: 'done'};
};

/** A fresh one-time secret per install: the store keeps its hash, the machine the file, nobody else anything. */
async function enrolment(
  {controlPlaneUrl, workers, hasher, ids}: StepTools,
  instanceId: string,
): Promise<{url: string; enrolmentSecret: string} | null> {
  if (controlPlaneUrl === null) return null;
  const enrolmentSecret = Buffer.from(ids.randomBytes(enrolmentSecretBytes)).toString('base64url');
  await workers.saveEnrolment(instanceId, hasher.hash(enrolmentSecret));
  return {url: controlPlaneUrl, enrolmentSecret};
}

/** What the sealed worker key of an instance is bound to. */
export function workerKeyContext(instanceId: string): string {
  return `worker-key:${instanceId}`;
}

export function shellTarget(run: StepRun, address: ServerAddress) {
  const target = {instanceId: run.file.instance.id, serverId: providerIdOf(run.file, 'server'), address};
  return run.call.signal === undefined ? target : {...target, signal: run.call.signal};
}

export async function addressOf(tools: Pick<StepTools, 'provider'>, run: StepRun): Promise<ServerAddress> {
  const {address} = await readLiveServer(tools, run);
  if (address === null) {
    throw new InventivError('provider_unavailable', `The server of "${run.file.instance.name}" has no address.`, {
      retryable: true,
    });
  }

  return address;
}

async function runBootstrap(shell: Shell, bootstrap: Bootstrap, run: StepRun): Promise<ActionMetadata> {
  for (const file of bootstrap.files) {
    await shell.writeFile(file.path, file.content, file.mode);
  }

  const facts: Record<string, JsonValue> = {};
  for (const step of bootstrap.steps) {
    await run.record({
      actions: [
        {kind: 'note', type: 'WORKER_SSH_INSTALL', metadata: {phase: step.name, activity: `installing: ${step.name}`}},
      ],
    });
    Object.assign(facts, await runBootstrapStep(shell, step, run));
  }

  return facts;
}

async function runBootstrapStep(
  shell: Shell,
  step: BootstrapStep,
  run: StepRun,
  type: 'WORKER_SSH_INSTALL' | 'EXECUTE_REINSTALL' = 'WORKER_SSH_INSTALL',
): Promise<ActionMetadata> {
  const facts: Record<string, JsonValue> = {};
  let failure: {code: string; message: string} | null = null;
  const result = await shell.run({
    script: step.script,
    timeoutMs: step.timeoutMs,
    ...(run.call.signal === undefined ? {} : {signal: run.call.signal}),
    onLine: text => {
      const line = parseBootstrapLine(text);
      if (line.kind === 'fact') Object.assign(facts, line.fact);
      if (line.kind === 'failure') failure ??= {code: line.code, message: line.message};
    },
  });

  const phase = {
    durationMs: Math.round(result.durationMs),
    exitCode: result.exitCode,
    output: result.outputTail.map(redact),
  };
  await run.record({actions: [{kind: 'note', type, metadata: {[`phase:${step.name}`]: phase}}]});
  if (result.exitCode !== 0) {
    throw bootstrapError(step.name, result.exitCode, failure, result.outputTail);
  }

  return facts;
}

function bootstrapError(
  phase: string,
  exitCode: number,
  failure: {code: string; message: string} | null,
  outputTail: readonly string[],
): InventivError {
  const found = failure === null ? diagnoseLog(outputTail) : null;
  const said = failure?.message ?? found?.cause ?? outputTail.at(-1) ?? 'no output';
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
