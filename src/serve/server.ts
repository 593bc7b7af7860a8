import {join} from 'node:path';
import type {FastifyInstance} from 'fastify';
import type {DomainEvent} from '../core/events.ts';
import type {Clock} from '../ports/clock.ts';
import type {Ids} from '../ports/ids.ts';
import type {SecretBox, SecretHasher} from '../ports/secrets.ts';
import type {ApiKeyStore, EventStore, InstanceStore, UsageStore, WorkerStore} from '../ports/store.ts';
import type {WorkerCommandStore} from '../ports/worker-commands.ts';
import {tellAlerts} from './alert-log.ts';
import {createAdminApp, createClientApp} from './apps.ts';
import {EventFeed} from './event-feed.ts';
import {watchEvents} from './event-watcher.ts';
import {listen} from './listen.ts';
import type {ServeLog} from './log.ts';
import type {LoopStatus, LoopTask} from './loops/driver.ts';
import {startLoops} from './loops/driver.ts';
import {ServeMetrics} from './metrics.ts';
import {openAdmission} from './proxy/admission.ts';
import type {ProxyLimits} from './proxy/limits.ts';
import {defaultProxyLimits} from './proxy/limits.ts';
import {Traffic} from './proxy/traffic.ts';
import {closeApp, drainTraffic, runSteps, stopListening} from './shutdown.ts';
import {SnapshotKeeper} from './snapshot/keeper.ts';
import type {OpenPool} from './snapshot/worker-registry.ts';
import {WorkerRegistry} from './snapshot/worker-registry.ts';
import {UsageJournal} from './usage/journal.ts';
import {UsageRecorder} from './usage/recorder.ts';

export interface ServeDeps {
  readonly store: ServeStore;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly hasher: SecretHasher;
  readonly secretBox: SecretBox;
  readonly openPool: OpenPool;
  readonly loops: readonly LoopTask[];
  readonly log: ServeLog;
}

export interface ServeStore {
  readonly keys: Pick<ApiKeyStore, 'listUsable' | 'recordLastUsed'>;
  readonly instances: Pick<InstanceStore, 'listByState'>;
  readonly workers: WorkerStore;
  readonly workerCommands: WorkerCommandStore;
  readonly events: EventStore;
  readonly usage: Pick<UsageStore, 'appendBatch'>;
}

export interface ServeOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Metrics, on loopback only; null for none. */
  readonly adminPort: number | null;
  readonly version: string;
  /** Where the crash journal lives; null keeps unwritten usage in memory only. */
  readonly stateDir: string | null;
  readonly limits?: Partial<ProxyLimits>;
  /** Pages of exactly these origins may call the API from a browser. */
  readonly corsOrigins?: readonly string[];
  /** How long streams may go on after `close` was called. */
  readonly drainTimeoutMs?: number;
}

export interface RunningServer {
  readonly address: {readonly host: string; readonly port: number};
  readonly adminAddress: {readonly host: string; readonly port: number} | null;
  loops(): readonly LoopStatus[];
  /** Accepts nothing new, lets streams finish up to the limit, writes all usage, then closes. Safe to call twice. */
  close(): Promise<void>;
}

const adminHost = '127.0.0.1';
const drainDefaultMs = 30_000;

/**
 * Starts the control and data plane of one process: client port, admin port, event watcher, usage writer, loops. Throws
 * `conflict` when a port is taken; nothing is left running then.
 */
export async function startServer(deps: ServeDeps, options: ServeOptions): Promise<RunningServer> {
  const {store, clock, ids, hasher, log} = deps;
  const metrics = new ServeMetrics();
  const traffic = new Traffic();
  const registry = new WorkerRegistry(deps);
  const keeper = new SnapshotKeeper({
    keys: store.keys,
    instances: store.instances,
    events: store.events,
    registry,
    clock,
  });
  const journal = options.stateDir === null ? null : new UsageJournal(join(options.stateDir, 'usage-journal'));
  const usage = new UsageRecorder({usage: store.usage, keys: store.keys, journal, metrics, log});
  const feed = new EventFeed({events: store.events, log, metrics});
  let draining = false;

  const health = {readiness: () => ({draining, snapshotAgeMs: keeper.ageMs()}), version: options.version};
  const http = {ids, log, isDraining: () => draining};
  const client = await createClientApp(http, {
    admission: openAdmission,
    ...{
      ...health,
      hasher,
      clock,
      ids,
      traffic,
      usage,
      metrics,
      log,
      feed,
      workers: store.workers,
      workerCommands: store.workerCommands,
      secretBox: deps.secretBox,
    },
    limits: {...defaultProxyLimits, ...options.limits},
    look: keeper.look,
    corsOrigins: options.corsOrigins ?? [],
  });
  const admin = createAdminApp(http, {...health, metrics});
  metrics.observe({
    inFlight: () => traffic.inFlightCount,
    usageQueued: () => usage.queuedRecords,
    snapshotAgeMs: () => keeper.ageMs(),
    eventSubscribers: () => feed.subscriberCount,
    instancesByState: () => keeper.current.instancesByState,
    workers: () => registry.loads(clock.nowMs()),
  });

  const release = () =>
    runSteps(log, [
      ['usage', () => usage.close()],
      ['client port', () => closeApp(client)],
      ['admin port', () => closeApp(admin)],
      ['workers', () => registry.destroy()],
    ]);
  try {
    // Before the first snapshot, so that no change falls between the two.
    const afterId = await store.events.latestId();
    await keeper.refresh();
    await usage.start();
    const address = await listen(client, {host: options.host, port: options.port, portFlag: '--port'});
    const adminAddress = await listenAdmin(admin, options.adminPort);

    const stopWatching = new AbortController();
    const listener = async (events: readonly DomainEvent[]) => {
      await keeper.follow(events);
      tellAlerts(events, log, metrics);
      feed.publish(events);
    };
    const watching = watchEvents({events: store.events, clock, log}, {afterId, listener, signal: stopWatching.signal});
    const random = () => (ids.randomBytes(1)[0] ?? 0) / 256;
    const loops = startLoops(deps.loops, {clock, random, metrics, log});
    log.info('serve_started', address);

    const shutDown = async (): Promise<void> => {
      draining = true;
      log.info('serve_stopping', {inFlight: traffic.inFlightCount});
      const loopsStopped = loops.stop();
      stopListening(client);
      feed.close();
      await drainTraffic(traffic, clock, options.drainTimeoutMs ?? drainDefaultMs);
      stopWatching.abort();
      await watching;
      await loopsStopped;
      await release();
      log.info('serve_stopped');
    };
    let closing: Promise<void> | null = null;
    const close = (): Promise<void> => {
      closing ??= shutDown();
      return closing;
    };
    return {address, adminAddress, loops: () => loops.status(), close};
  } catch (error) {
    feed.close();
    await release();
    throw error;
  }
}

async function listenAdmin(app: FastifyInstance, port: number | null): Promise<RunningServer['adminAddress']> {
  return port === null ? null : listen(app, {host: adminHost, port, portFlag: '--admin-port'});
}
