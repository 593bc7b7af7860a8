import type {Instance} from '../core/instance/instance.ts';
import type {SecretBox} from '../ports/secrets.ts';
import type {LogPage, LogPageRequest, WorkerClient, WorkerTarget} from '../ports/worker.ts';
import {workerKeyContext} from './drive-instance/steps/install.ts';

/** A page of a log that the agent of an instance gives; null when there is no agent, or it does not answer. */
export async function readWorkerLog(
  tools: {readonly worker: WorkerClient; readonly secretBox: SecretBox},
  instance: Instance,
  log: 'agent' | 'engine',
  request: LogPageRequest,
  signal: AbortSignal | undefined,
): Promise<LogPage | null> {
  const target = workerTargetOf(tools, instance, signal);
  return target && (await tools.worker.readLog(target, log, request));
}

/** Null where no worker is installed. */
export function workerTargetOf(
  {secretBox}: {readonly secretBox: SecretBox},
  {id, endpoint, workerKeySealed, correlationId}: Instance,
  signal: AbortSignal | undefined,
): WorkerTarget | null {
  if (endpoint === null) return null;
  const target = {endpoint, workerKey: secretBox.open(workerKeySealed, workerKeyContext(id)), correlationId};
  return signal === undefined ? target : {...target, signal};
}
