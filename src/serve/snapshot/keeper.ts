import type {DomainEvent} from '../../core/events.ts';
import {instanceStates, isGone} from '../../core/instance/state.ts';
import type {EpochMs} from '../../core/time.ts';
import type {Clock} from '../../ports/clock.ts';
import type {ApiKeyStore, InstanceStore} from '../../ports/store.ts';
import type {Snapshot} from './snapshot.ts';
import {buildSnapshot, emptySnapshot} from './snapshot.ts';
import type {WorkerRegistry} from './worker-registry.ts';

const instancesMax = 10_000;
const refreshAnywayMs = 5000;
const liveStates = instanceStates.filter(state => !isGone(state));

/** Holds the current snapshot and renews it when events say that keys or instances changed, and now and then anyway. */
export class SnapshotKeeper {
  private readonly keys: Pick<ApiKeyStore, 'listUsable'>;
  private readonly instances: Pick<InstanceStore, 'listByState'>;
  private readonly registry: WorkerRegistry;
  private readonly clock: Clock;
  private snapshot: Snapshot = emptySnapshot;
  private refreshedAtMs: EpochMs | null = null;

  constructor(deps: {
    keys: Pick<ApiKeyStore, 'listUsable'>;
    instances: Pick<InstanceStore, 'listByState'>;
    registry: WorkerRegistry;
    clock: Clock;
  }) {
    this.keys = deps.keys;
    this.instances = deps.instances;
    this.registry = deps.registry;
    this.clock = deps.clock;
  }

  get current(): Snapshot {
    return this.snapshot;
  }

  /** How old the snapshot is, or null before the first. */
  ageMs(): number | null {
    return this.refreshedAtMs === null ? null : this.clock.nowMs() - this.refreshedAtMs;
  }

  async refresh(): Promise<void> {
    const [keys, instances] = await Promise.all([
      this.keys.listUsable(),
      this.instances.listByState(liveStates, instancesMax),
    ]);
    const ready = instances.filter(instance => instance.state === 'ready' && instance.endpoint !== null);
    this.snapshot = buildSnapshot(keys, instances, this.registry.sync(ready));
    this.refreshedAtMs = this.clock.nowMs();
  }

  async follow(events: readonly DomainEvent[]): Promise<void> {
    const concerned = events.some(({topic}) => topic === 'keys' || topic === 'instances');
    const ageMs = this.ageMs();
    // Also when the clock went back: an age below zero says nothing.
    if (concerned || ageMs === null || ageMs < 0 || ageMs > refreshAnywayMs) await this.refresh();
  }
}
