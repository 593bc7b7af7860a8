import type {DomainEvent, EventTopic} from '../../core/events.ts';
import {instanceStates, isGone} from '../../core/instance/state.ts';
import type {EpochMs} from '../../core/time.ts';
import type {Clock} from '../../ports/clock.ts';
import type {InstanceStore} from '../../ports/instances.ts';
import type {PriceStore} from '../../ports/prices.ts';
import type {PromptStore} from '../../ports/prompts.ts';
import type {ApiKeyStore, EventStore} from '../../ports/store.ts';
import type {WorkerStore} from '../../ports/workers.ts';
import type {Gate} from '../admission/gate.ts';
import type {Look} from './look.ts';
import {lookIn} from './look.ts';
import type {Snapshot} from './snapshot.ts';
import {emptySnapshot} from './snapshot.ts';
import type {SnapshotRows} from './snapshot-rows.ts';
import {isServing, snapshotOf} from './snapshot-rows.ts';
import type {WorkerRegistry} from './worker-registry.ts';

const instancesMax = 10_000;
const refreshAnywayMs = 5000;
const liveStates = instanceStates.filter(state => !isGone(state));

/** Topics of what a snapshot is made of. */
const concerning: ReadonlySet<EventTopic> = new Set(['keys', 'instances', 'prompts', 'limits', 'models']);

/** Holds the current snapshot and renews it when events say that keys, instances, prompts, limits or prices changed, and now and then anyway. */
export class SnapshotKeeper {
  private readonly keys: Pick<ApiKeyStore, 'listUsable'>;
  private readonly prompts: Pick<PromptStore, 'listInForce'>;
  private readonly instances: Pick<InstanceStore, 'listByState'>;
  private readonly prices: Pick<PriceStore, 'allCurrent'>;
  private readonly events: Pick<EventStore, 'changeToken'>;
  private readonly workers: Pick<WorkerStore, 'latestSamples'>;
  private readonly gates: readonly Pick<Gate, 'refresh'>[];
  private readonly registry: WorkerRegistry;
  private readonly clock: Clock;
  private snapshot: Snapshot = emptySnapshot;
  private rows: SnapshotRows = {keys: [], instances: [], prompts: [], prices: [], reports: [], limitScopes: []};
  onRows: (rows: SnapshotRows) => void = () => {};
  private refreshedAtMs: EpochMs | null = null;
  private token: string | null = null;
  private catchingUp: Promise<void> | null = null;

  constructor(deps: {
    keys: Pick<ApiKeyStore, 'listUsable'>;
    prompts: Pick<PromptStore, 'listInForce'>;
    instances: Pick<InstanceStore, 'listByState'>;
    prices: Pick<PriceStore, 'allCurrent'>;
    events: Pick<EventStore, 'changeToken'>;
    workers: Pick<WorkerStore, 'latestSamples'>;
    /** Told to renew what they know with each snapshot. */
    gates: readonly Pick<Gate, 'refresh'>[];
    registry: WorkerRegistry;
    clock: Clock;
  }) {
    this.keys = deps.keys;
    this.prompts = deps.prompts;
    this.instances = deps.instances;
    this.prices = deps.prices;
    this.events = deps.events;
    this.workers = deps.workers;
    this.gates = deps.gates;
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
  readonly look: Look = lookIn(
    () => this.snapshot,
    () => this.catchUp(),
  );

  /** What the current snapshot was made of; `onRows` hears of each new one. */
  get currentRows(): SnapshotRows {
    return this.rows;
  }

  async refresh(): Promise<void> {
    this.token = await this.events.changeToken();
    const [keys, instances, prompts, prices, ...scopes] = await Promise.all([
      this.keys.listUsable(),
      this.instances.listByState(liveStates, instancesMax),
      this.prompts.listInForce(),
      this.prices.allCurrent(),
      ...this.gates.map(gate => gate.refresh()),
    ]);
    const samples = await this.workers.latestSamples(instances.filter(isServing).map(({id}) => id));
    // Only what routing reads: whole heartbeats are large.
    const reports = samples.map(({instanceId, atMs, running, waiting, kvUsage}) => ({
      instanceId,
      atMs,
      running,
      waiting,
      kvUsage,
    }));
    this.rows = {keys, instances, prompts, prices, reports, limitScopes: scopes.flat()};
    this.snapshot = snapshotOf(this.rows, this.registry);
    this.refreshedAtMs = this.clock.nowMs();
    this.onRows(this.rows);
  }

  async follow(events: readonly DomainEvent[]): Promise<void> {
    const concerned = events.some(({topic}) => concerning.has(topic));
    const ageMs = this.ageMs();
    // Also when the clock went back: an age below zero says nothing.
    if (concerned || ageMs === null || ageMs < 0 || ageMs > refreshAnywayMs) await this.refresh();
  }

  /** True when the store was written to since the last refresh, and the snapshot renewed; one refresh serves all who wait. */
  async catchUp(): Promise<boolean> {
    if ((await this.events.changeToken()) === this.token) return false;
    this.catchingUp ??= this.refresh().finally(() => {
      this.catchingUp = null;
    });
    await this.catchingUp;
    return true;
  }
}
