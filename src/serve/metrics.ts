import {AggregatorRegistry, Counter, collectDefaultMetrics, Gauge, Histogram, Registry} from 'prom-client';
import type {UsageRecord} from '../core/finops/usage.ts';
import {instanceStates} from '../core/instance/state.ts';
import {NANOS_PER_EUR} from '../core/money.ts';
import type {BreakerState} from '../core/routing/breaker.ts';

export interface WorkerLoad {
  readonly id: string;
  readonly model: string;
  readonly outstanding: number;
  /** Requests that wait in its engine, as it reported lately; null where nothing is known. */
  readonly queued: number | null;
  readonly health: number;
  readonly breaker: BreakerState;
}

/** What is read only when somebody asks for the metrics. */
export interface MetricSources {
  readonly inFlight: () => number;
  readonly usageQueued: () => number;
  readonly budgetReservedNanos: () => number;
  readonly snapshotAgeMs: () => number | null;
  readonly eventSubscribers: () => number;
  readonly instancesByState: () => ReadonlyMap<string, number>;
  /** Retries that may still be sent. */
  readonly retryBudget: () => number;
  readonly workers: () => readonly WorkerLoad[];
}

/** The metrics of one process, as they cross to another. */
export type MetricsJson = Awaited<ReturnType<Registry['getMetricsAsJSON']>>;

/** Gauges of prom-client that end in `_total`, which promtool refuses; `nodejs_active_resources` has the same facts. */
const misnamedDefaults = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];
const breakerValue: Record<BreakerState, number> = {closed: 0, half_open: 1, open: 2};
const firstTokenBuckets = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60];
const durationBuckets = [0.05, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 300];
/** Mean time per token of a whole answer: decode speeds from 500 to 2 tokens per second. */
const interTokenBuckets = [0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5];
const overheadBuckets = [0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.05];
const loopBuckets = [0.005, 0.02, 0.1, 0.5, 1, 5, 20];

/** All metrics of `serve`. One method per event of the business; none of them throws. */
export class ServeMetrics {
  private readonly registry = new Registry();
  private readonly registers = [this.registry];

  private readonly requests = new Counter({
    name: 'inventiv_proxy_requests_total',
    help: 'Requests to the OpenAI port, by endpoint and HTTP status (499: the client left).',
    labelNames: ['endpoint', 'status'],
    registers: this.registers,
  });
  private readonly served = new Counter({
    name: 'inventiv_proxy_model_requests_total',
    help: 'Requests for a known model, by outcome.',
    labelNames: ['model', 'outcome'],
    registers: this.registers,
  });
  private readonly firstToken = new Histogram({
    name: 'inventiv_proxy_first_token_seconds',
    help: 'From the request to the first event of its stream.',
    labelNames: ['model'],
    buckets: firstTokenBuckets,
    registers: this.registers,
  });
  private readonly interToken = new Histogram({
    name: 'inventiv_proxy_inter_token_seconds',
    help: 'Mean time between the tokens of a stream, from its first event to its end.',
    labelNames: ['model'],
    buckets: interTokenBuckets,
    registers: this.registers,
  });
  private readonly overhead = new Histogram({
    name: 'inventiv_proxy_overhead_seconds',
    help: 'Time the proxy itself takes before it asks a worker; waiting for the body is not counted.',
    buckets: overheadBuckets,
    registers: this.registers,
  });
  private readonly retries = new Counter({
    name: 'inventiv_proxy_retries_total',
    help: 'Further attempts that were sent, paid from the retry budget.',
    labelNames: ['model'],
    registers: this.registers,
  });
  private readonly duration = new Histogram({
    name: 'inventiv_proxy_request_duration_seconds',
    help: 'From the request to the end of its answer.',
    labelNames: ['endpoint'],
    buckets: durationBuckets,
    registers: this.registers,
  });
  private readonly tokens = new Counter({
    name: 'inventiv_proxy_tokens_total',
    help: 'Tokens of proxied requests; cached prompt tokens are part of the prompt tokens too.',
    labelNames: ['model', 'kind'],
    registers: this.registers,
  });
  private readonly estimates = new Counter({
    name: 'inventiv_proxy_estimated_usage_total',
    help: 'Requests whose tokens were estimated because the engine did not report them.',
    labelNames: ['model'],
    registers: this.registers,
  });
  private readonly failedAttempts = new Counter({
    name: 'inventiv_proxy_failed_attempts_total',
    help: 'Attempts at a worker that failed before the first byte and could be tried again.',
    labelNames: ['instance'],
    registers: this.registers,
  });
  private readonly refusals = new Counter({
    name: 'inventiv_proxy_admission_refusals_total',
    help: 'Requests that were not let in, by the limit that refused them.',
    labelNames: ['limit'],
    registers: this.registers,
  });
  private readonly attemptErrors = new Counter({
    name: 'inventiv_proxy_errors_total',
    help: 'Attempts that ended in an error, by its code; each time limit has its own.',
    labelNames: ['code'],
    registers: this.registers,
  });
  private readonly spans = new Counter({
    name: 'inventiv_trace_spans_total',
    help: 'Spans of traces: exported, failed to arrive, or dropped because too many waited.',
    labelNames: ['result'],
    registers: this.registers,
  });
  private readonly usageFlushes = new Counter({
    name: 'inventiv_usage_flushes_total',
    help: 'Batches of usage records written to the store, by result.',
    labelNames: ['result'],
    registers: this.registers,
  });
  private readonly journalFailures = new Counter({
    name: 'inventiv_usage_journal_failures_total',
    help: 'Usage records that the crash journal could not take; they wait in memory for the store.',
    registers: this.registers,
  });
  private readonly droppedSubscribers = new Counter({
    name: 'inventiv_event_subscribers_dropped_total',
    help: 'Readers of the event feed that were too slow and were disconnected.',
    registers: this.registers,
  });
  private readonly loopRuns = new Counter({
    name: 'inventiv_loop_runs_total',
    help: 'Runs of a background loop, by result.',
    labelNames: ['loop', 'result'],
    registers: this.registers,
  });
  private readonly loopProcessed = new Counter({
    name: 'inventiv_loop_processed_total',
    help: 'Items a background loop worked on.',
    labelNames: ['loop'],
    registers: this.registers,
  });
  private readonly loopFailedItems = new Counter({
    name: 'inventiv_loop_failed_items_total',
    help: 'Items a background loop could not handle, or found failing.',
    labelNames: ['loop'],
    registers: this.registers,
  });
  private readonly healthChecks = new Histogram({
    name: 'inventiv_health_check_duration_seconds',
    help: 'Health checks of instances, by what was looked at and by result.',
    labelNames: ['check', 'result'],
    buckets: loopBuckets,
    registers: this.registers,
  });
  private readonly loopDuration = new Histogram({
    name: 'inventiv_loop_duration_seconds',
    help: 'How long one run of a background loop took.',
    labelNames: ['loop'],
    buckets: loopBuckets,
    registers: this.registers,
  });
  private readonly loopLastSuccess = new Gauge({
    name: 'inventiv_loop_last_success_timestamp_seconds',
    help: 'When a background loop last ended well.',
    labelNames: ['loop'],
    registers: this.registers,
  });

  private readonly alerts = new Counter({
    name: 'inventiv_alerts_total',
    help: 'Alerts raised and resolved, by kind.',
    labelNames: ['kind', 'news'],
    registers: this.registers,
  });
  private readonly leaked = new Gauge({
    name: 'inventiv_leaked_eur_per_hour',
    help: 'What is paid for at a provider and belongs to nothing, as the last reconciliation found it.',
    labelNames: ['provider', 'kind'],
    registers: this.registers,
  });

  private readonly drift = new Gauge({
    name: 'inventiv_usage_drift_tokens',
    help: "Tokens that an instance's engines counted and the ledger does not bill; below zero: billed and not counted.",
    labelNames: ['instance', 'kind'],
    registers: this.registers,
  });

  constructor() {
    collectDefaultMetrics({register: this.registry});
    for (const name of misnamedDefaults) this.registry.removeSingleMetric(name);
  }

  requestFinished(record: UsageRecord): void {
    const model = record.modelHfId;
    this.requestRefused(
      record.endpoint.slice('/v1/'.length),
      record.httpStatus,
      record.finishedAtMs - record.startedAtMs,
    );
    this.served.inc({model, outcome: record.outcome});
    this.tokens.inc({model, kind: 'prompt'}, record.promptTokens);
    this.tokens.inc({model, kind: 'cached_prompt'}, record.cachedPromptTokens);
    this.tokens.inc({model, kind: 'completion'}, record.completionTokens);
    if (record.estimated) this.estimates.inc({model});
    if (record.firstTokenMs === null) return;
    this.firstToken.observe({model}, Math.max(0, record.firstTokenMs) / 1000);
    const tokensMs = record.finishedAtMs - record.startedAtMs - record.firstTokenMs;
    if (record.completionTokens > 1) {
      this.interToken.observe({model}, Math.max(0, tokensMs) / 1000 / (record.completionTokens - 1));
    }
  }

  proxyTook(overheadMs: number): void {
    this.overhead.observe(Math.max(0, overheadMs) / 1000);
  }

  retried(model: string): void {
    this.retries.inc({model});
  }

  /** Also every request that ended before a model was known. */
  requestRefused(endpoint: string, status: number, durationMs: number): void {
    this.requests.inc({endpoint, status: String(status)});
    // A clock that went back must not make a histogram of negative times.
    this.duration.observe({endpoint}, Math.max(0, durationMs) / 1000);
  }

  admissionRefused(limit: string): void {
    this.refusals.inc({limit});
  }

  spansEnded(result: 'exported' | 'failed' | 'dropped', count: number): void {
    this.spans.inc({result}, count);
  }

  attemptFailed(instance: string): void {
    this.failedAttempts.inc({instance});
  }

  attemptEnded(code: string): void {
    this.attemptErrors.inc({code});
  }

  usageFlushed(result: 'ok' | 'failed' | 'refused'): void {
    this.usageFlushes.inc({result});
  }

  journalFailed(): void {
    this.journalFailures.inc();
  }

  subscriberDropped(): void {
    this.droppedSubscribers.inc();
  }

  loopRan(
    loop: string,
    run: {result: 'ok' | 'failed'; processed: number; failed: number; durationMs: number; endedAtMs: number},
  ): void {
    this.loopRuns.inc({loop, result: run.result});
    this.loopProcessed.inc({loop}, run.processed);
    this.loopFailedItems.inc({loop}, run.failed);
    this.loopDuration.observe({loop}, Math.max(0, run.durationMs) / 1000);
    if (run.result === 'ok') this.loopLastSuccess.set({loop}, run.endedAtMs / 1000);
  }

  leakFound(provider: string, perHourNanos: Readonly<Record<string, number>>): void {
    for (const [kind, nanos] of Object.entries(perHourNanos)) this.leaked.set({provider, kind}, nanos / NANOS_PER_EUR);
  }

  checkMade({kind, isOk, durationMs}: {kind: string; isOk: boolean; durationMs: number}): void {
    this.healthChecks.observe({check: kind, result: isOk ? 'ok' : 'failed'}, Math.max(0, durationMs) / 1000);
  }

  alertTold(kind: string, news: string): void {
    this.alerts.inc({kind, news});
  }

  /** All instances that could be compared this time; the others keep what was found last. */
  driftFound(drifts: readonly {instanceId: string; prompt: number; completion: number}[]): void {
    for (const {instanceId, prompt, completion} of drifts) {
      this.drift.set({instance: instanceId, kind: 'prompt'}, prompt);
      this.drift.set({instance: instanceId, kind: 'completion'}, completion);
    }
  }

  /** Connects the gauges to what they show. Once, when everything is built. */
  observe(sources: MetricSources): void {
    this.gauge('inventiv_proxy_in_flight_requests', 'Proxied requests in progress.', sources.inFlight);
    this.gauge(
      'inventiv_proxy_retry_budget',
      'Retries that may still be sent; each request earns a tenth.',
      sources.retryBudget,
    );
    this.gauge('inventiv_usage_queue_records', 'Usage records not yet in the store.', sources.usageQueued);
    this.gauge(
      'inventiv_budget_reserved_eur',
      'Held in budgets for requests that are not over.',
      () => sources.budgetReservedNanos() / NANOS_PER_EUR,
    );
    this.gauge('inventiv_event_subscribers', 'Open readers of the event feed.', sources.eventSubscribers);
    this.gauge(
      'inventiv_snapshot_age_seconds',
      'Age of the routing snapshot.',
      () => (sources.snapshotAgeMs() ?? 0) / 1000,
      'max',
    );
    this.labelled(
      'inventiv_instances',
      'Instances, by state.',
      'state',
      () => {
        const counts = sources.instancesByState();
        return instanceStates.map(state => [state, counts.get(state) ?? 0]);
      },
      'max',
    );
    this.labelled('inventiv_worker_outstanding_requests', 'Requests in flight at a worker.', 'instance', () =>
      sources.workers().map(({id, outstanding}) => [id, outstanding]),
    );
    this.labelled(
      'inventiv_worker_queued_requests',
      'Requests that wait in the engines of a model, as its workers reported lately; absent where none did.',
      'model',
      () => Array.from(queuedByModel(sources.workers())),
      // Each process heeds the same reports.
      'max',
    );
    this.labelled(
      'inventiv_worker_health_score',
      'How well a worker did lately, 0.05 to 1; scales its share of the requests.',
      'instance',
      () => sources.workers().map(({id, health}) => [id, health]),
      'min',
    );
    this.labelled(
      'inventiv_worker_breaker_state',
      'Breaker of a worker: 0 closed, 1 half open, 2 open.',
      'instance',
      () => sources.workers().map(({id, breaker}) => [id, breakerValue[breaker]]),
      'max',
    );
  }

  /** For `render` of another process. */
  toJson(): Promise<MetricsJson> {
    return this.registry.getMetricsAsJSON();
  }

  /** With `others`, the metrics of other processes of this server, added up. */
  async render(others: readonly MetricsJson[] = []): Promise<{contentType: string; text: string}> {
    const registry =
      others.length === 0 ? this.registry : AggregatorRegistry.aggregate([await this.toJson(), ...others]);
    return {contentType: this.registry.contentType, text: await registry.metrics()};
  }

  private gauge(name: string, help: string, read: () => number, aggregator: 'sum' | 'max' = 'sum'): void {
    const collect = () => gauge.set(read());
    const gauge: Gauge = new Gauge({name, help, aggregator, registers: this.registers, collect});
  }

  private labelled(
    name: string,
    help: string,
    label: string,
    read: () => readonly (readonly [string, number])[],
    /** Of several processes: add up, or show the one that stands out. */
    aggregator: 'sum' | 'max' | 'min' = 'sum',
  ): void {
    const gauge: Gauge = new Gauge({
      name,
      help,
      aggregator,
      labelNames: [label],
      registers: this.registers,
      collect: () => {
        gauge.reset();
        for (const [value, number] of read()) gauge.set({[label]: value}, number);
      },
    });
  }
}

function queuedByModel(workers: readonly WorkerLoad[]): ReadonlyMap<string, number> {
  const byModel = new Map<string, number>();
  for (const {model, queued} of workers) {
    if (queued !== null) byModel.set(model, (byModel.get(model) ?? 0) + queued);
  }

  return byModel;
}
