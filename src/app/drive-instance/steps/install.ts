import {stopWorkerStep} from '../../../core/bootstrap/stop-worker.ts';
import {InventivError} from '../../../core/errors.ts';
import type {ActionMetadata} from '../../../core/instance/action.ts';
import type {WorkerEndpoint} from '../../../core/instance/instance.ts';
import type {ServerAddress} from '../../../ports/provider.ts';
import {chooseBootstrap} from '../choose-bootstrap.ts';
import {runBootstrap, runBootstrapStep} from '../run-bootstrap.ts';
import {type MachineKind, providerIdOf, type Step, type StepRun, type StepTools, wait} from '../step.ts';
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
  const bootstrap = await chooseBootstrap(tools, instance, {
    agent,
    address,
    workerKey: tools.secretBox.open(instance.workerKeySealed, workerKeyContext(instance.id)),
    controlPlane: await enrolment(tools, instance.id),
  });

  await using shell = await tools.shell.open(shellTarget(run, address));
  const facts = await runBootstrap(shell, bootstrap, run);
  return {
    kind: 'done',
    metadata: {facts},
    change: {
      fields: {
        endpoint: endpointOf(address, facts, tools.machineKind(instance.provider)),
        agentVersion: agent.version,
        agentSha256: agent.sha256,
      },
    },
  };
};

/** A real machine is called by TLS, and only while it shows the certificate whose fingerprint its bootstrap told. */
function endpointOf(
  {host, openaiPort, agentPort}: ServerAddress,
  facts: ActionMetadata,
  kind: MachineKind,
): WorkerEndpoint {
  const {tls_fingerprint_sha256: fingerprint} = facts;
  const tlsFingerprint = typeof fingerprint === 'string' && /^[0-9a-f]{64}$/.test(fingerprint) ? fingerprint : null;
  if (tlsFingerprint === null && kind !== 'simulated')
    throw new InventivError('instance_failed', 'The bootstrap told no fingerprint of a certificate to pin.', {
      detailCode: 'CERTIFICATE',
    });
  const scheme = tlsFingerprint === null ? 'http' : 'https';
  const urlHost = host.includes(':') ? `[${host}]` : host;
  return {
    openaiUrl: `${scheme}://${urlHost}:${openaiPort}`,
    agentUrl: `${scheme}://${urlHost}:${agentPort}`,
    tlsFingerprint,
  };
}

/** Before a reinstallation: what an earlier installation started is stopped, so that the new one starts everything anew. */
export const stopWorker: Step = async (tools, run) => {
  const address = await addressOf(tools, run);
  await using shell = await tools.shell.open(shellTarget(run, address));
  await runBootstrapStep(shell, stopWorkerStep, {}, run, 'EXECUTE_REINSTALL');
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
