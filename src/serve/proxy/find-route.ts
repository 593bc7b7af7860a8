import type {IncomingMessage} from 'node:http';
import {InventivError} from '../../core/errors.ts';
import {isMoving} from '../../core/instance/state.ts';
import type {Choice} from '../../core/routing/explain.ts';
import {explainChoice} from '../../core/routing/explain.ts';
import type {PickRequest} from '../../core/routing/pick.ts';
import {pickWorker} from '../../core/routing/pick.ts';
import type {ApiKey} from '../../core/tenancy/api-key.ts';
import type {ModelRoute, Snapshot} from '../snapshot/snapshot.ts';
import type {WorkerHandle} from '../snapshot/worker-handle.ts';

/** The model behind a name, for this key. Unknown and not permitted are the same `model_not_found`. */
export function findRoute(snapshot: Snapshot, key: ApiKey, model: string): ModelRoute {
  const route = snapshot.routes.get(key.organizationId)?.get(model);
  if (route === undefined || !isPermitted(key, route)) {
    throw new InventivError('model_not_found', `The model "${model}" does not exist or you do not have access to it.`, {
      param: 'model',
    });
  }

  return route;
}

export function isPermitted(key: ApiKey, route: ModelRoute): boolean {
  return key.models === null || key.models.includes(route.modelHfId);
}

/** Whether some limit counts what this key does with this model. */
export function isLimitedBy(
  {limited}: Snapshot,
  {organizationId, id, userId}: ApiKey,
  {modelHfId}: ModelRoute,
): boolean {
  return limited.matching({organizationId, keyId: id, userId, modelHfId}).length > 0;
}

/** The worker for one attempt, and why it; null when none but those already tried may take it. */
export function chooseWorker(
  route: ModelRoute,
  request: PickRequest & {tried: ReadonlySet<WorkerHandle>},
): {worker: WorkerHandle; choice: Choice} | null {
  const {tried, nowMs} = request;
  const free = route.workers.filter(worker => !tried.has(worker) && worker.isAvailable(nowMs));
  const chosen = pickWorker(free, request);
  if (chosen === null) return null;
  return {worker: chosen, choice: explainChoice(route.workers, {chosen, free, tried}, request)};
}

const sessionMaxChars = 256;

/** `X-Inventiv-Session`, kept apart per organization: requests of one session prefer one worker and its warm cache. */
export function sessionOf(request: IncomingMessage, key: ApiKey): string | null {
  const session = request.headers['x-inventiv-session'];
  if (typeof session !== 'string' || session === '') return null;
  return `${key.organizationId}:${session.slice(0, sessionMaxChars)}`;
}

/** Why nobody can serve a model that exists, and whether waiting helps. */
export function noWorker(route: ModelRoute): InventivError {
  const {waiting, workers, modelHfId} = route;
  if (workers.length > 0) {
    return new InventivError('no_capacity', `All workers of "${modelHfId}" are failing at the moment.`, {
      retryable: true,
    });
  }

  if (waiting !== null && isMoving(waiting.state)) {
    const message = `The model "${modelHfId}" is not ready: instance "${waiting.name}" is ${waiting.state}.`;
    return new InventivError('no_capacity', message, {retryable: true});
  }

  const reason = waiting === null ? '' : ` Instance "${waiting.name}" is in state ${waiting.state}.`;
  return new InventivError('no_capacity', `The model "${modelHfId}" has no worker that can serve it.${reason}`, {
    retryable: waiting?.state === 'worker_dead',
  });
}
