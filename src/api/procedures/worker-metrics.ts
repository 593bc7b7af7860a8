import {implement} from '@orpc/server';
import {findInstance} from '../../app/change-instance.ts';
import {workerKeyContext} from '../../app/drive-instance/steps/install.ts';
import type {Instance} from '../../core/instance/instance.ts';
import {isoTime, secondMs} from '../../core/time.ts';
import {type MetricsPoint, metricsPoints} from '../../core/worker/metrics-points.ts';
import {type ApiContext, checkPermission} from '../context.ts';
import {workerContract} from '../contract/worker.ts';

const api = implement(workerContract).$context<ApiContext>().use(checkPermission);

/** Heartbeats come every five seconds; without one for this long the worker is asked. */
const heartbeatFreshMs = 30 * secondMs;
const unknownPoint = {
  kvUsage: null,
  ttftMs: null,
  tokensPerSecond: null,
  gpuUtilPercent: null,
  gpuMemoryUsedMib: null,
  gpuMemoryTotalMib: null,
};

export const metrics = api.metrics.handler(async ({input, context}) => {
  const {tools, caller} = context;
  const instance = await findInstance(tools.instances, caller.scope, input.instance);
  const points = metricsPoints(await tools.store.workers.recentSamples(instance.id, input.samples));
  const latest = points.at(-1);
  const isFresh = latest !== undefined && tools.clock.nowMs() - latest.atMs < heartbeatFreshMs;
  const asked = isFresh ? null : await askWorker(context, instance);
  return {
    instance: {id: instance.id, name: instance.name, state: instance.state},
    source: isFresh ? ('heartbeats' as const) : asked === null ? ('none' as const) : ('asked' as const),
    points: [...points, ...(asked === null ? [] : [asked])].map(({atMs, ...figures}) => ({
      at: isoTime(atMs),
      ...figures,
    })),
  };
});

/** What the agent tells when it is asked: less than a heartbeat holds. */
async function askWorker({tools}: ApiContext, instance: Instance): Promise<MetricsPoint | null> {
  if (instance.endpoint === null) return null;
  const load = await tools.worker
    .readLoad({
      endpoint: instance.endpoint,
      workerKey: tools.secretBox.open(instance.workerKeySealed, workerKeyContext(instance.id)),
      correlationId: instance.correlationId,
    })
    .catch(() => null);
  if (load === null) return null;
  return {...unknownPoint, atMs: load.sampledAtMs, running: load.running, waiting: load.waiting};
}
