import {InventivError} from '../../core/errors.ts';
import type {DomainEvent} from '../../core/events.ts';
import {instanceStates, isGone} from '../../core/instance/state.ts';
import type {EpochMs} from '../../core/time.ts';
import type {Clock} from '../../ports/clock.ts';
import type {ApiKeyStore, EventStore, InstanceStore} from '../../ports/store.ts';
import type {Snapshot} from './snapshot.ts';
import {buildSnapshot, emptySnapshot} from './snapshot.ts';
import type {WorkerRegistry} from './worker-registry.ts';

const instancesMax = 10_000;
const refreshAnywayMs = 5000;
const liveStates = instanceStates.filter(state => !isGone(state));

/** Finds something in the snapshot; what is not there (`not_authenticated`, `model_not_found`) is looked for once more in a fresh one. */
export type Look = <Found>(find: (snapshot: Snapshot) => Found) => Promise<Found>;

/** Holds the current snapshot and renews it when events say that keys or instances changed, and now and then anyway. */
export class SnapshotKeeper {
  private readonly keys: Pick<ApiKeyStore, 'listUsable'>;
  private readonly instances: Pick<InstanceStore, 'listByState'>;
  private readonly events: Pick<EventStore, 'changeToken'>;
  private readonly registry: WorkerRegistry;
  private readonly clock: Clock;
  private snapshot: Snapshot = emptySnapshot;
  private refreshedAtMs: EpochMs | null = null;
  private token: string | null = null;
  private catchingUp: Promise<void> | null = null;

  constructor(deps: {
    keys: Pick<ApiKeyStore, 'listUsable'>;
    instances: Pick<InstanceStore, 'listByState'>;
    events: Pick<EventStore, 'changeToken'>;
    registry: WorkerRegistry;
    clock: Clock;
  }) {
    this.keys = deps.keys;
    this.instances = deps.instances;
    this.events = deps.events;
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

  /** A key made a moment ago by another process is not refused because the next poll is still to come. */
  readonly look: Look = async find => {
    try {
      return find(this.snapshot);
    } catch (error) {
      if (!isNotThere(error) || !(await this.catchUp())) throw error;
      return find(this.snapshot);
    }
  };

  async refresh(): Promise<void> {
    this.token = await this.events.changeToken();
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

  /** True when the store was written to since the last refresh, and the snapshot renewed; one refresh serves all who wait. */
  private async catchUp(): Promise<boolean> {
    if ((await this.events.changeToken()) === this.token) return false;
    this.catchingUp ??= this.refresh().finally(() => {
      this.catchingUp = null;
    });
    await this.catchingUp;
    return true;
  }
}

function isNotThere(error: unknown): boolean {
  return error instanceof InventivError && (error.code === 'not_authenticated' || error.code === 'model_not_found');
}
