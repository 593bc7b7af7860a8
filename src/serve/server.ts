import type {FastifyInstance} from 'fastify';
import type {DomainEvent} from '../core/events.ts';
import type {BudgetStore} from '../ports/budgets.ts';
import type {Clock} from '../ports/clock.ts';
import type {Ids} from '../ports/ids.ts';
import type {InstanceStore} from '../ports/instances.ts';
import type {PriceStore} from '../ports/prices.ts';
import type {PromptStore} from '../ports/prompts.ts';
import type {RateLimitStore} from '../ports/rate-limits.ts';
import type {SecretBox, SecretHasher} from '../ports/secrets.ts';
import type {SpanExporter} from '../ports/span-exporter.ts';
import type {ApiKeyStore, EventStore} from '../ports/store.ts';
import type {UsageStore} from '../ports/usage.ts';
import type {WorkerCommandStore} from '../ports/worker-commands.ts';
import type {WorkerStore} from '../ports/workers.ts';
import {BudgetGate, toldLedger} from './admission/budget-gate.ts';
import type {Gate} from './admission/gate.ts';
import {GateChain} from './admission/gate-chain.ts';
import {RateGate} from './admission/rate-gate.ts';
import {tellAlerts} from './alert-log.ts';
import {createAdminApp, createClientApp} from './apps.ts';
import {DataPlanes} from './cluster/data-planes.ts';
import {EventFeed} from './event-feed.ts';
import {watchEvents} from './event-watcher.ts';
import {listen} from './listen.ts';
import type {ServeLog} from './log.ts';
import type {LoopStatus, LoopTask} from './loops/driver.ts';
import {startLoops} from './loops/driver.ts';
import {ServeMetrics} from './metrics.ts';
import type {ProxyLimits} from './proxy/limits.ts';
import {defaultProxyLimits} from './proxy/limits.ts';
import {Traffic} from './proxy/traffic.ts';
import {RequestLog} from './requests/request-log.ts';
import {closeApp, drainTraffic, runSteps, stopListening} from './shutdown.ts';
import {SnapshotKeeper} from './snapshot/keeper.ts';
import type {OpenPool} from './snapshot/worker-registry.ts';
import {WorkerRegistry} from './snapshot/worker-registry.ts';
import {openTracer} from './tracing/tracer.ts';
import {openUsageJournal} from './usage/journal.ts';
import {UsageRecorder} from './usage/recorder.ts';

export interface ServeDeps {
  readonly store: ServeStore;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly hasher: SecretHasher;
  readonly secretBox: SecretBox;
  readonly openPool: OpenPool;
  /** Where traces go; absent or null: none are made. */
  readonly spanExporter?: SpanExporter | null;
  readonly loops: readonly LoopTask[];
  readonly log: ServeLog;
  /** What may refuse requests, in this order; without it, what the store says. */
  readonly gates?: readonly Gate[];
  /** Needed for `workers`. */
  readonly dataPlaneProgram?: {readonly path: string; readonly args: readonly string[]};
}

export interface ServeStore {
  readonly keys: Pick<ApiKeyStore, 'listUsable' | 'recordLastUsed'>;
  readonly prompts: Pick<PromptStore, 'listInForce'>;
  readonly rateLimits: Pick<RateLimitStore, 'listAll'>;
  readonly instances: Pick<InstanceStore, 'listByState'>;
  readonly prices: Pick<PriceStore, 'allCurrent'>;
  readonly workers: WorkerStore;
  readonly workerCommands: WorkerCommandStore;
  readonly events: EventStore;
  readonly usage: Pick<UsageStore, 'appendBatch' | 'spendByDay' | 'outsideSpend'>;
  readonly budgets: Pick<BudgetStore, 'listAll'>;
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
  /** One line in the log per request; without what was said. */
  readonly accessLog?: boolean;
  /** Processes that proxy, beside this one, which then keeps the store and the loops; 0: this one does everything. */
  readonly workers?: number;
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
  const budgets = new BudgetGate(store, clock);
  const ledger = toldLedger(store.usage, budgets);
  const gates: readonly Gate[] = deps.gates ?? [new RateGate(store.rateLimits, clock), budgets];
  const admission = new GateChain(gates, limit => metrics.admissionRefused(limit));
  const keeper = new SnapshotKeeper({
    keys: store.keys,
    prompts: store.prompts,
    instances: store.instances,
    prices: store.prices,
    events: store.events,
    workers: store.workers,
    gates,
    registry,
    clock,
  });
  const journal = openUsageJournal(options.stateDir);
  const usage = new UsageRecorder({usage: ledger, keys: store.keys, journal, metrics, log});
  const requests = new RequestLog();
  const tracer = openTracer({exporter: deps.spanExporter ?? null, ids, metrics, log});
  const feed = new EventFeed({events: store.events, log, metrics});
  let draining = false;

  const health = {readiness: () => ({draining, snapshotAgeMs: keeper.ageMs()}), version: options.version};
  const http = {ids, log, isDraining: () => draining};
  const client = await createClientApp(http, {
    admission,
    accessLog: options.accessLog ?? false,
    ...{
      ...health,
      hasher,
      clock,
      ids,
      traffic,
      usage,
      metrics,
      requests,
      tracer,
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
  const fleet = dataPlanes(deps, options, {keeper, usage, ledger, gates: admission});
  const admin = createAdminApp(http, {
    ...health,
    traces: fleet ?? requests,
    renderMetrics: async () => metrics.render(await fleet?.metrics()),
  });
  metrics.observe({
    inFlight: () => traffic.inFlightCount,
    retryBudget: () => traffic.retryBudget,
    budgetReservedNanos: () => budgets.reservedNanos,
    usageQueued: () => usage.queuedRecords,
    snapshotAgeMs: () => keeper.ageMs(),
    eventSubscribers: () => feed.subscriberCount,
    instancesByState: () => keeper.current.instancesByState,
    workers: () => registry.loads(clock.nowMs()),
  });

  const release = () =>
    runSteps(log, [
      ['usage', () => usage.close()],
      ['traces', async () => tracer?.close()],
      ['client port', () => closeApp(client)],
      ['admin port', () => closeApp(admin)],
      ['workers', async () => registry.destroy()],
    ]);
  try {
    // Before the first snapshot, so that no change falls between the two.
    const afterId = await store.events.latestId();
    await keeper.refresh();
    await usage.adoptOrphans();
    await budgets.load();
    usage.start();
    const clientPort = {host: options.host, port: options.port, portFlag: '--port'};
    const address = fleet === null ? await listen(client, clientPort) : await fleet.start(client);
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
      await fleet?.stop();
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
    await fleet?.stop();
    await release();
    throw error;
  }
}

/** Null where this process proxies itself. */
function dataPlanes(
  deps: ServeDeps,
  options: ServeOptions,
  parts: {keeper: SnapshotKeeper; usage: UsageRecorder; ledger: Pick<UsageStore, 'appendBatch'>; gates: GateChain},
): DataPlanes | null {
  const {dataPlaneProgram: program, store, log} = deps;
  const count = options.workers ?? 0;
  if (count === 0 || program === undefined) return null;
  const {
    host,
    port,
    version,
    stateDir,
    limits = {},
    corsOrigins = [],
    accessLog = false,
    drainTimeoutMs = drainDefaultMs,
  } = options;
  return new DataPlanes({
    ...{...parts, count, program, keys: store.keys, log},
    start: {host, port, version, stateDir, limits, corsOrigins, accessLog, drainTimeoutMs},
  });
}

async function listenAdmin(app: FastifyInstance, port: number | null): Promise<RunningServer['adminAddress']> {
  return port === null ? null : listen(app, {host: adminHost, port, portFlag: '--admin-port'});
}
