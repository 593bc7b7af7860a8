import type {Instance} from '../../core/instance/instance.ts';
import {minuteMs} from '../../core/time.ts';
import type {Clock} from '../../ports/clock.ts';
import type {InstanceStore} from '../../ports/instances.ts';
import type {SecretBox} from '../../ports/secrets.ts';
import type {WorkerClient, WorkerLoad} from '../../ports/worker.ts';
import {workerKeyContext} from '../drive-instance/steps/install.ts';

export interface ActivityTools {
  readonly instances: InstanceStore;
  readonly worker: Pick<WorkerClient, 'readLoad'>;
  readonly secretBox: SecretBox;
  readonly clock: Clock;
}

export interface LookedAt {
  readonly instance: Instance;
  /** False: the worker did not tell, which is not "without requests". */
  readonly isActivityKnown: boolean;
}

/** An older sample of the agent says nothing about now. */
const sampleFreshMs = minuteMs;
/** A busy instance is written down at most this often; the idle timeout is as much longer at worst. */
const writeEveryMs = minuteMs / 2;

/**
 * When the instance last had requests. The engines' token counters are compared with those of the last look, so that what
 * came and went between two looks, or went past the proxy, counts too.
 */
export async function lookForActivity(
  tools: ActivityTools,
  instance: Instance,
  signal: AbortSignal,
): Promise<LookedAt> {
  if (instance.limits?.idleTimeoutMs == null || instance.state !== 'ready') return {instance, isActivityKnown: false};
  const load = await readLoad(tools, instance, signal);
  const nowMs = tools.clock.nowMs();
  if (load === null || load.tokens === null || nowMs - load.sampledAtMs > sampleFreshMs) {
    return {instance, isActivityKnown: false};
  }

  const {activity} = instance;
  const isBusy = load.running + load.waiting > 0 || activity?.tokens !== load.tokens;
  if (!isBusy) return {instance, isActivityKnown: true};
  const seen = {atMs: nowMs, tokens: load.tokens};
  if (activity === null || activity.tokens !== load.tokens || nowMs - activity.atMs >= writeEveryMs) {
    await tools.instances.record({
      ...{instanceId: instance.id, correlationId: instance.correlationId},
      fields: {activity: seen},
    });
  }

  return {instance: {...instance, activity: seen}, isActivityKnown: true};
}

async function readLoad(
  {worker, secretBox}: ActivityTools,
  {id, endpoint, workerKeySealed, correlationId}: Instance,
  signal: AbortSignal,
): Promise<WorkerLoad | null> {
  if (endpoint === null) return null;
  const workerKey = secretBox.open(workerKeySealed, workerKeyContext(id));
  return worker.readLoad({endpoint, workerKey, correlationId, signal});
}
