import type {Instance} from '../../core/instance/instance.ts';
import {minuteMs, secondMs} from '../../core/time.ts';
import type {Clock} from '../../ports/clock.ts';
import type {SecretBox} from '../../ports/secrets.ts';
import type {InstanceStore, WorkerStore} from '../../ports/store.ts';
import type {WorkerClient} from '../../ports/worker.ts';
import {workerKeyContext} from '../drive-instance/steps/install.ts';

export interface HealthTools {
  readonly instances: InstanceStore;
  readonly workers: Pick<WorkerStore, 'latestSamples'>;
  readonly worker: WorkerClient;
  readonly secretBox: SecretBox;
  readonly clock: Clock;
}

export interface HealthReport {
  readonly checked: number;
  readonly healthy: number;
  readonly declaredDead: number;
  readonly recovered: number;
}

/** A worker not seen for this long is dead. */
const workerDeadAfterMs = 5 * minuteMs;
/** A heartbeat younger than this says more than a probe. */
const heartbeatFreshMs = 30 * secondMs;
/** A sighting is written at most this often: it is read by people and thresholds of minutes. */
const sightingEveryMs = 15 * secondMs;
const listLimit = 1000;
const probesAtOnceMax = 32;

/** Looks at every worker that should be answering: moves the silent to `worker_dead`, and those that are back to `ready`. */
export async function checkHealth(tools: HealthTools, signal: AbortSignal): Promise<HealthReport> {
  const waiting = [...(await tools.instances.listByState(['ready', 'worker_dead'], listLimit))];
  const heartbeats = new Map(
    (await tools.workers.latestSamples(waiting.map(({id}) => id))).map(sample => [sample.instanceId, sample.atMs]),
  );
  const report = {checked: waiting.length, healthy: 0, declaredDead: 0, recovered: 0};
  const checkers = Array.from({length: Math.min(probesAtOnceMax, waiting.length)}, async () => {
    for (let instance = waiting.pop(); instance !== undefined && !signal.aborted; instance = waiting.pop()) {
      const outcome = await checkOne(tools, instance, heartbeats.get(instance.id) ?? null, signal);
      if (outcome !== 'silent') report[outcome] += 1;
    }
  });
  await Promise.all(checkers);
  return report;
}

async function checkOne(
  tools: HealthTools,
  instance: Instance,
  heartbeatAtMs: number | null,
  signal: AbortSignal,
): Promise<'healthy' | 'declaredDead' | 'recovered' | 'silent'> {
  const nowMs = tools.clock.nowMs();
  const heard = heartbeatAtMs !== null && nowMs - heartbeatAtMs < heartbeatFreshMs;
  const base = {instanceId: instance.id, correlationId: instance.correlationId};
  if (heard || (await probe(tools, instance, signal))) {
    const back = instance.state === 'worker_dead';
    if (back || instance.consecutiveFailures > 0 || nowMs - (instance.lastSeenAtMs ?? 0) >= sightingEveryMs) {
      const transition = {from: 'worker_dead', to: 'ready', reason: 'the worker answers again'} as const;
      await tools.instances.record({
        ...base,
        fields: {lastSeenAtMs: nowMs, consecutiveFailures: 0},
        ...(back ? {transition} : {}),
      });
    }

    return back ? 'recovered' : 'healthy';
  }

  const silentMs = nowMs - (instance.lastSeenAtMs ?? instance.readyAtMs ?? instance.stateSinceMs);
  const dead = instance.state === 'ready' && silentMs >= workerDeadAfterMs;
  await tools.instances.record({
    ...base,
    fields: {consecutiveFailures: instance.consecutiveFailures + 1},
    ...(dead
      ? {transition: {from: 'ready', to: 'worker_dead', reason: `no answer for ${Math.round(silentMs / secondMs)} s`}}
      : {}),
  });
  return dead ? 'declaredDead' : 'silent';
}

async function probe({worker, secretBox}: HealthTools, instance: Instance, signal: AbortSignal): Promise<boolean> {
  if (instance.endpoint === null) return false;
  const workerKey = secretBox.open(instance.workerKeySealed, workerKeyContext(instance.id));
  const target = {endpoint: instance.endpoint, workerKey, correlationId: instance.correlationId, signal};
  // Who shows another certificate is not this worker: to us, it is silent.
  return worker.isEngineHealthy(target).catch(() => false);
}
