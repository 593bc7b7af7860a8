import type {Instance, WorkerEndpoint} from '../../core/instance/instance.ts';
import type {WorkerReport} from '../../core/routing/worker-load.ts';
import {freshCorrection} from '../../core/routing/worker-load.ts';
import type {EpochMs} from '../../core/time.ts';
import type {SecretBox} from '../../ports/secrets.ts';
import type {UpstreamPool} from '../../ports/upstream.ts';
import type {ServeLog} from '../log.ts';
import {messageOf} from '../log.ts';
import type {WorkerLoad} from '../metrics.ts';
import {WorkerHandle} from './worker-handle.ts';

/** Opens the connections to one worker's OpenAI port, with its certificate pinned. */
export type OpenPool = (endpoint: WorkerEndpoint) => UpstreamPool;

/** Keeps one handle per ready worker across snapshots; connections of a worker that left close when they are idle. */
export class WorkerRegistry {
  private readonly openPool: OpenPool;
  private readonly secretBox: SecretBox;
  private readonly log: ServeLog;
  private readonly handles = new Map<string, {signature: string; model: string; handle: WorkerHandle}>();

  constructor(deps: {openPool: OpenPool; secretBox: SecretBox; log: ServeLog}) {
    this.openPool = deps.openPool;
    this.secretBox = deps.secretBox;
    this.log = deps.log;
  }

  /** Handles for these ready instances; one whose key does not open is left out, and the log says so. */
  sync(instances: readonly Instance[]): ReadonlyMap<string, WorkerHandle> {
    const current = new Map<string, WorkerHandle>();
    for (const instance of instances) {
      const handle = this.keepOrOpen(instance);
      if (handle !== null) current.set(instance.id, handle);
    }

    for (const [id, {handle}] of this.handles) {
      if (!current.has(id)) this.retire(id, handle);
    }

    return current;
  }

  /** What workers said of themselves, for those that are routed to. */
  heed(reports: readonly (WorkerReport & {readonly instanceId: string})[]): void {
    for (const report of reports) this.handles.get(report.instanceId)?.handle.heed(report);
  }

  loads(nowMs: EpochMs): readonly WorkerLoad[] {
    return Array.from(this.handles.values(), ({handle, model}) => ({
      id: handle.id,
      model,
      outstanding: handle.outstanding,
      queued: freshCorrection(handle.correction, nowMs)?.queued ?? null,
      health: handle.health,
      breaker: handle.breakerState(nowMs),
    }));
  }

  destroy(): void {
    for (const {handle} of this.handles.values()) handle.pool.destroy();
    this.handles.clear();
  }

  private keepOrOpen(instance: Instance): WorkerHandle | null {
    const {endpoint, spec} = instance;
    if (endpoint === null) return null;
    const signature = JSON.stringify([
      endpoint,
      instance.workerKeySealed,
      instance.gpuCount,
      instance.name,
      spec.servedModelName,
    ]);
    const known = this.handles.get(instance.id);
    if (known?.signature === signature) return known.handle;

    try {
      const handle = new WorkerHandle({
        id: instance.id,
        name: instance.name,
        weight: Math.max(1, instance.gpuCount),
        servedModelName: spec.servedModelName,
        workerKey: this.secretBox.open(instance.workerKeySealed, `worker-key:${instance.id}`),
        pool: this.openPool(endpoint),
      });
      if (known !== undefined) this.retire(instance.id, known.handle);
      this.handles.set(instance.id, {signature, model: spec.modelHfId, handle});
      return handle;
    } catch (error) {
      this.log.error('worker_not_routable', {instanceId: instance.id, reason: messageOf(error)});
      return null;
    }
  }

  private retire(id: string, handle: WorkerHandle): void {
    this.handles.delete(id);
    handle.pool.close();
  }
}
