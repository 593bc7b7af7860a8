import type {UsageRecord} from '../../core/finops/usage.ts';
import type {EndedQuery} from '../../core/routing/ended-requests.ts';
import type {RequestTrace} from '../../core/routing/request-trace.ts';
import type {Clock} from '../../ports/clock.ts';
import type {Ids} from '../../ports/ids.ts';
import type {SecretBox, SecretHasher} from '../../ports/secrets.ts';
import type {SpanExporter} from '../../ports/span-exporter.ts';
import {createDataPlaneApp} from '../apps.ts';
import {listen} from '../listen.ts';
import type {LogFields, ServeLog} from '../log.ts';
import {ServeMetrics} from '../metrics.ts';
import {defaultProxyLimits} from '../proxy/limits.ts';
import {Traffic} from '../proxy/traffic.ts';
import {RequestLog} from '../requests/request-log.ts';
import {closeApp, drainTraffic, runSteps, stopListening} from '../shutdown.ts';
import {lookIn} from '../snapshot/look.ts';
import type {SnapshotRows} from '../snapshot/snapshot-rows.ts';
import {snapshotOf} from '../snapshot/snapshot-rows.ts';
import type {OpenPool} from '../snapshot/worker-registry.ts';
import {WorkerRegistry} from '../snapshot/worker-registry.ts';
import {openTracer} from '../tracing/tracer.ts';
import {openUsageJournal} from '../usage/journal.ts';
import {UsageRecorder} from '../usage/recorder.ts';
import type {DataPlaneStart} from './messages.ts';
import {toDataPlane, toPrimary} from './messages.ts';
import {RemoteAdmission} from './remote-admission.ts';
import type {Channel} from './rpc.ts';
import {Rpc} from './rpc.ts';

export interface DataPlaneTools {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly hasher: SecretHasher;
  readonly secretBox: SecretBox;
  readonly openPool: OpenPool;
  /** Where traces go; null: none are made. */
  readonly spanExporter: SpanExporter | null;
}

/**
 * A process of `serve` that proxies and does nothing else: snapshots come from the primary, usage goes to it, everything
 * that needs the store is forwarded to it. `stop` is for when the primary is gone.
 */
export function serveDataPlane(
  makeTools: (log: ServeLog) => Promise<DataPlaneTools>,
  channel: Channel,
): {stop(): Promise<void>} {
  let running: Promise<RunningDataPlane> | null = null;
  const plane = async () => {
    if (running === null) throw new Error('the data plane was not started');
    return await running;
  };
  const rpc: Rpc = new Rpc(channel, {
    [toDataPlane.start]: async payload => {
      const log = logTo(rpc);
      running = makeTools(log).then(tools => start({...tools, log}, payload as DataPlaneStart, rpc));
      return (await running).address;
    },
    [toDataPlane.rows]: async payload => (await plane()).apply(payload as SnapshotRows),
    [toDataPlane.drain]: async () => (await plane()).stop(),
    [toDataPlane.metrics]: async () => (await plane()).metrics.toJson(),
    [toDataPlane.recentRequests]: async payload => (await plane()).requests.recent(payload as {limit: number}),
    [toDataPlane.endedRequests]: async payload => (await plane()).requests.ended(payload as EndedQuery),
    [toDataPlane.findRequest]: async (payload): Promise<RequestTrace | null> =>
      (await plane()).requests.find(String(payload)),
  });
  return {
    stop: async () => {
      rpc.fail(new Error('the primary process is gone'));
      await (await running)?.stop();
    },
  };
}

interface RunningDataPlane {
  readonly address: {readonly host: string; readonly port: number};
  readonly metrics: ServeMetrics;
  readonly requests: RequestLog;
  apply(rows: SnapshotRows): void;
  stop(): Promise<void>;
}

async function start(
  tools: DataPlaneTools & {log: ServeLog},
  given: DataPlaneStart,
  rpc: Rpc,
): Promise<RunningDataPlane> {
  const {clock, ids, log} = tools;
  const metrics = new ServeMetrics();
  const traffic = new Traffic();
  const requests = new RequestLog();
  const tracer = openTracer({exporter: tools.spanExporter, ids, metrics, log});
  const registry = new WorkerRegistry(tools);
  const journal = openUsageJournal(given.stateDir);
  const usage = new UsageRecorder({
    usage: {appendBatch: (records: readonly UsageRecord[]) => rpc.call(toPrimary.usage, records)},
    keys: {recordLastUsed: uses => rpc.call(toPrimary.keysUsed, uses)},
    ...{journal, metrics, log},
  });
  let snapshot = snapshotOf(given.rows, registry);
  let appliedAtMs = clock.nowMs();
  let draining = false;
  const apply = (rows: SnapshotRows) => {
    snapshot = snapshotOf(rows, registry);
    appliedAtMs = clock.nowMs();
  };
  const look = lookIn(
    () => snapshot,
    () => rpc.call<boolean>(toPrimary.refresh),
  );
  const app = await createDataPlaneApp(
    {ids, log, isDraining: () => draining},
    {
      ...tools,
      ...{traffic, usage, metrics, requests, tracer, look, version: given.version, corsOrigins: given.corsOrigins},
      admission: new RemoteAdmission(rpc, limit => metrics.admissionRefused(limit)),
      accessLog: given.accessLog,
      limits: {...defaultProxyLimits, ...given.limits},
      readiness: () => ({draining, snapshotAgeMs: clock.nowMs() - appliedAtMs}),
    },
    given.controlSocket,
  );
  metrics.observe({
    inFlight: () => traffic.inFlightCount,
    retryBudget: () => traffic.retryBudget,
    budgetReservedNanos: () => 0,
    usageQueued: () => usage.queuedRecords,
    snapshotAgeMs: () => clock.nowMs() - appliedAtMs,
    eventSubscribers: () => 0,
    instancesByState: () => snapshot.instancesByState,
    workers: () => registry.loads(clock.nowMs()),
  });
  usage.start();
  const address = await listen(app, {host: given.host, port: given.port, portFlag: '--port'});

  const shutDown = async (): Promise<void> => {
    draining = true;
    stopListening(app);
    await drainTraffic(traffic, clock, given.drainTimeoutMs);
    await runSteps(log, [
      ['usage', () => usage.close()],
      ['traces', async () => tracer?.close()],
      ['client port', () => closeApp(app)],
      ['workers', async () => registry.destroy()],
    ]);
  };
  let stopping: Promise<void> | null = null;
  const stop = (): Promise<void> => {
    stopping ??= shutDown();
    return stopping;
  };
  return {address, metrics, requests, apply, stop};
}

function logTo(rpc: Rpc): ServeLog {
  const write =
    (level: keyof ServeLog) =>
    (event: string, fields: LogFields = {}) =>
      rpc.tell(toPrimary.log, {level, event, fields: {...fields, process: process.pid}});
  return {info: write('info'), warn: write('warn'), error: write('error')};
}
