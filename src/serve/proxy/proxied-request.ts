import type {IncomingMessage, ServerResponse} from 'node:http';
import {asInventivError} from '../../core/errors.ts';
import {priceAt} from '../../core/finops/token-price.ts';
import type {EndpointTraits, ProxyEndpoint} from '../../core/proxy/endpoints.ts';
import {traitsOf} from '../../core/proxy/endpoints.ts';
import {errorEvent} from '../../core/proxy/error-dialect.ts';
import type {OpenAiError} from '../../core/proxy/openai-error.ts';
import {fromInventivError} from '../../core/proxy/openai-error.ts';
import {checkCaps} from '../../core/proxy/request-caps.ts';
import {planForm, planRequest} from '../../core/proxy/request-plan.ts';
import type {TokenCounts} from '../../core/proxy/token-usage.ts';
import {guessedPrompt, noTokens} from '../../core/proxy/token-usage.ts';
import {readWholeAnswer} from '../../core/proxy/whole-answer.ts';
import type {Choice} from '../../core/routing/explain.ts';
import {capsForKey, clocksForKey} from '../../core/tenancy/key-caps.ts';
import type {EpochMs} from '../../core/time.ts';
import type {Clock} from '../../ports/clock.ts';
import type {Ids} from '../../ports/ids.ts';
import type {SecretHasher} from '../../ports/secrets.ts';
import {admissionRequest} from '../admission/admission-request.ts';
import type {Admission, Grant} from '../admission/gate.ts';
import {refusalError} from '../admission/gate.ts';
import {authenticate, requireScope} from '../auth.ts';
import type {ServeLog} from '../log.ts';
import type {ServeMetrics} from '../metrics.ts';
import {accessLine} from '../requests/access-line.ts';
import type {RequestLog} from '../requests/request-log.ts';
import {beginAttempt} from '../requests/request-log.ts';
import {sendError} from '../send-error.ts';
import type {Look} from '../snapshot/look.ts';
import type {WorkerHandle} from '../snapshot/worker-handle.ts';
import type {Tracer} from '../tracing/tracer.ts';
import type {UsageRecorder} from '../usage/recorder.ts';
import type {AcceptedJob, Attempt, Job} from './attempt.ts';
import {clientModelName, prepareAttempt, verdictOf} from './attempt.ts';
import {endResponse} from './client-stream.ts';
import {recount} from './count-tokens.ts';
import {chooseWorker, findRoute, isLimitedBy, noWorker, sessionOf} from './find-route.ts';
import type {ProxyLimits} from './limits.ts';
import {refuseUnreadBody} from './linger.ts';
import {readBody} from './read-body.ts';
import {promptFor, withPrompt} from './system-prompt.ts';
import type {Traffic} from './traffic.ts';
import {broken, shuttingDown} from './upstream-faults.ts';
import type {ReplyResult, UpstreamReply} from './upstream-reply.ts';
import type {JobEnd} from './usage-line.ts';
import {usageLine} from './usage-line.ts';

export interface ProxyParts {
  readonly look: Look;
  readonly hasher: SecretHasher;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly limits: ProxyLimits;
  readonly traffic: Traffic;
  readonly admission: Admission;
  readonly usage: UsageRecorder;
  readonly metrics: ServeMetrics;
  readonly requests: RequestLog;
  /** Null: no traces are made. */
  readonly tracer: Tracer | null;
  /** Whether each request gets a line in the log. */
  readonly accessLog: boolean;
  readonly log: ServeLog;
}

/** What nginx made the custom for "the client closed the connection"; in records and metrics only. */
const clientGoneStatus = 499;

/** What is known of a request whose process died: that it was accepted, and nothing of what the engine made of it. */
const crashedEnd: JobEnd = {outcome: 'failed', status: 500, counts: {...noTokens, estimated: true}, attempt: null};

/** One request of a client, from its headers to its last byte: read, routed, relayed, metered. */
export class ProxiedRequest {
  private readonly parts: ProxyParts;
  private readonly endpoint: ProxyEndpoint;
  private readonly traits: EndpointTraits;
  private readonly request: IncomingMessage;
  private readonly response: ServerResponse;
  private readonly startedAtMs: EpochMs;
  private reply: UpstreamReply | null = null;
  /** What admission holds for it; null where nothing limits it, and once it is settled. */
  private grant: Grant | null = null;
  /** Null before it is begun and after it is accounted. */
  private job: Job | null = null;
  private gone = false;
  private interrupted = false;
  private readonly enteredAtMs = performance.now();
  /** For the body: the client's time, not ours. */
  private waitedMs = 0;

  constructor(parts: ProxyParts, endpoint: ProxyEndpoint, request: IncomingMessage, response: ServerResponse) {
    this.parts = parts;
    this.endpoint = endpoint;
    this.traits = traitsOf(endpoint);
    this.request = request;
    this.response = response;
    this.startedAtMs = parts.clock.nowMs();
    // The response's close, not the request's (which fires when the body was read), and before anything is awaited.
    response.once('close', () => {
      this.gone = !response.writableFinished;
      if (this.gone) this.reply?.cancel();
    });
    response.on('error', () => {});
  }

  /** Never rejects. */
  async run(): Promise<void> {
    this.parts.traffic.enter(this);
    try {
      const accepted = await this.accept();
      if (accepted.isLimited) await this.admit(accepted);
      const job = this.begin(accepted);
      const last = await this.tryWorkers(job);
      if (last === null) this.refuseWithoutWorker(job);
      else await this.finish(job, last.attempt, last.result);
    } catch (thrown) {
      if (this.job !== null) this.account(this.job, crashedEnd);
      this.refuse(thrown);
    } finally {
      this.grant?.release();
      this.parts.traffic.leave(this);
    }
  }

  /** Ends what is left of the request when the server can wait no longer. */
  interrupt(): void {
    this.interrupted = true;
    // Without a reply the body is still coming in, and nobody will wait for it.
    if (this.reply === null) this.response.destroy();
    else this.reply.fail(shuttingDown);
  }

  private async accept(): Promise<AcceptedJob> {
    const {parts, endpoint, traits, request, startedAtMs, enteredAtMs} = this;
    const key = await parts.look(snapshot => authenticate(snapshot, parts.hasher, request.headers, startedAtMs));
    requireScope(key, 'inference');
    parts.usage.keyUsed(key.id, startedAtMs);
    const {multimodalBodyMaxBytes, textBodyMaxBytes} = parts.limits;
    const maxBytes = traits.multimodal ? multimodalBodyMaxBytes : textBodyMaxBytes;
    const readingSinceMs = performance.now();
    const {body, boundary} = await readBody(request, {kind: traits.body, maxBytes});
    this.waitedMs = performance.now() - readingSinceMs;
    const plan = boundary === null ? planRequest(endpoint, body) : planForm(endpoint, body, boundary);
    const caps = capsForKey(parts.limits.caps, key.caps);
    checkCaps(endpoint, body, plan, caps);
    const {route, prompt, isLimited} = await parts.look(snapshot => {
      const found = findRoute(snapshot, key, plan.model);
      return {
        route: found,
        prompt: promptFor(snapshot, key, found),
        isLimited: isLimitedBy(snapshot, key, found),
      };
    });
    const served = withPrompt(endpoint, {body, plan}, prompt);
    const price = priceAt(route.prices, startedAtMs);
    const requestId = parts.ids.next('request');
    return {endpoint, key, ...served, caps, route, price, isLimited, requestId, startedAtMs, enteredAtMs};
  }

  /** Throws the refusal. */
  private async admit(accepted: AcceptedJob): Promise<void> {
    const verdict = await this.parts.admission.admit(admissionRequest(accepted));
    if (verdict.kind === 'granted') this.grant = verdict;
    // On the response itself, so that whatever is answered carries them.
    for (const [name, value] of Object.entries(verdict.headers)) this.response.setHeader(name, value);
    if (verdict.kind === 'refused') throw refusalError(verdict);
  }

  /** From here on the request is on the bill, whatever its end: also that of this process. */
  private begin(accepted: AcceptedJob): Job {
    const {endpoint, key, body, plan, prompts, route, requestId, startedAtMs} = accepted;
    const trace = this.parts.requests.begin({
      requestId,
      clientRequestId: String(this.response.getHeader('x-request-id') ?? requestId),
      organizationId: key.organizationId,
      keyId: key.id,
      endpoint,
      model: route.modelHfId,
      streamed: plan.streamed,
      hasSession: sessionOf(this.request, key) !== null,
      bodyBytes: body.length,
      prompts,
      startedAtMs,
    });
    const job = {...accepted, trace, span: this.parts.tracer?.begin(this.request) ?? null};
    this.job = job;
    this.parts.usage.begun(usageLine(job, crashedEnd, startedAtMs));
    return job;
  }

  /** Until one answers, or begins to; null when there is no worker to try, or nobody left to answer. */
  private async tryWorkers(job: Job): Promise<{attempt: Attempt; result: ReplyResult} | null> {
    const {limits, traffic, clock, metrics} = this.parts;
    const session = sessionOf(this.request, job.key);
    const tried = new Set<WorkerHandle>();
    let last: {attempt: Attempt; result: ReplyResult} | null = null;

    for (let number = 1; number <= limits.attemptsMax && !this.gone && !this.interrupted; number++) {
      const chosen = chooseWorker(job.route, {tried, session, turn: traffic.nextTurn(), nowMs: clock.nowMs()});
      if (chosen === null || (last !== null && !traffic.takeRetry())) {
        job.trace.stopped = chosen === null ? 'no_worker' : 'retry_budget';
        break;
      }

      const {worker} = chosen;
      if (last !== null) metrics.retried(job.route.modelHfId);
      last = await this.tryWorker(job, chosen, number);
      const {result} = last;
      if (result.kind !== 'refused' || result.retry === 'never') break;
      metrics.attemptFailed(worker.id);
      // A lone worker that hung up may just have closed a kept-alive connection: it gets one more chance.
      const again = result.retry === 'anywhere' && number === 1 && job.route.workers.length === 1;
      if (!again) tried.add(worker);
    }

    return last;
  }

  private async tryWorker(
    job: Job,
    {worker, choice}: {worker: WorkerHandle; choice: Choice},
    number: number,
  ): Promise<{attempt: Attempt; result: ReplyResult}> {
    const {request, response} = this;
    const {clock, metrics, tracer} = this.parts;
    const limits = clocksForKey(this.parts.limits, job.key.caps);
    const trace = beginAttempt(job.trace, choice, clock.nowMs());
    const traceparent = job.span === null ? null : (tracer?.beginAttempt(job.span) ?? null);
    const attempt = prepareAttempt(job, worker, number, {request, response, limits, clock, traceparent});
    const release = worker.acquire();
    this.reply = attempt.reply;
    if (number === 1) {
      job.trace.overheadMs = performance.now() - this.enteredAtMs - this.waitedMs;
      metrics.proxyTook(job.trace.overheadMs);
    }

    attempt.reply.send();
    const result = await attempt.reply.result;
    release(verdictOf(result), clock.nowMs());
    trace.endedAtMs = clock.nowMs();
    trace.result = result.kind;
    trace.errorCode = 'error' in result ? result.error.code : null;
    if (trace.errorCode !== null) metrics.attemptEnded(trace.errorCode);
    return {attempt, result};
  }

  /** Accounts first, speaks last: a client that saw the end of its answer finds it on the bill, even after a crash. */
  private async finish(job: Job, attempt: Attempt, result: ReplyResult): Promise<void> {
    switch (result.kind) {
      case 'answered':
        return this.finishAnswer(job, attempt, result);
      case 'refused':
        return this.refuseJob(job, attempt, result.error);
      case 'streamed': {
        const counts = await this.countsOf(job, attempt, result);
        this.account(job, {outcome: 'completed', status: 200, counts, attempt});
        attempt.reply.end(result.lastWords);
        return;
      }
      case 'broken': {
        const counts = await this.countsOf(job, attempt, result);
        this.account(job, {outcome: 'failed', status: result.error.status, counts, attempt});
        attempt.reply.end(Buffer.from(errorEvent(result.error, this.traits.stream ?? 'chunks')));
        return;
      }
      case 'cancelled': {
        const counts = await this.countsOf(job, attempt, result);
        this.account(job, {outcome: 'cancelled', status: clientGoneStatus, counts, attempt});
        return;
      }
    }
  }

  private async finishAnswer(
    job: Job,
    attempt: Attempt,
    {status, type, body}: {status: number; type: string; body: Buffer},
  ): Promise<void> {
    const {bills} = this.traits;
    const modelName = clientModelName(job.plan, attempt.worker);
    const answer = readWholeAnswer(body, {modelName, bodyBytes: job.body.length, bills});
    // Subtitles and plain transcripts are the only answers that are no JSON.
    const isText = bills === 'audio' && type.startsWith('text/');
    if (answer === null && !isText) {
      this.refuseJob(job, attempt, broken('The worker answered with something that is not JSON.'));
      return;
    }

    const {counts, audioMs} = answer ?? {counts: {...noTokens, estimated: true}, audioMs: 0};
    const exact = counts.estimated ? await recount(job, attempt, counts) : counts;
    this.account(job, {outcome: 'completed', status, counts: exact, audioMs, attempt});
    const bytes = answer?.body ?? body;
    this.response.writeHead(status, {
      'content-type': answer === null ? type : 'application/json; charset=utf-8',
      'content-length': bytes.length,
    });
    endResponse(this.response, bytes, this.parts.limits.slowClientTimeoutMs);
  }

  private async countsOf(job: Job, attempt: Attempt, result: ReplyResult): Promise<TokenCounts> {
    const counts = toldCounts(job, attempt, result);
    return counts.estimated ? recount(job, attempt, counts) : counts;
  }

  private refuseJob(job: Job, attempt: Attempt, error: OpenAiError): void {
    const end = this.gone
      ? ({outcome: 'cancelled', status: clientGoneStatus} as const)
      : ({outcome: 'failed', status: error.status} as const);
    this.account(job, {...end, counts: noTokens, attempt});
    sendError(this.response, error, this.traits.dialect);
  }

  private refuseWithoutWorker(job: Job): void {
    const error = fromInventivError(noWorker(job.route));
    const status = this.gone ? clientGoneStatus : error.status;
    this.account(job, {outcome: 'refused', status, counts: noTokens, attempt: null});
    sendError(this.response, error, this.traits.dialect);
  }

  private account(job: Job, end: JobEnd): void {
    const record = usageLine(job, end, this.parts.clock.nowMs());
    this.parts.usage.record(record);
    this.job = null;
    this.grant?.settle(record);
    this.grant = null;
    this.parts.metrics.requestFinished(record);
    this.parts.requests.finish(job.trace, record);
    if (job.span !== null) this.parts.tracer?.ended(job.trace, job.span);
    if (this.parts.accessLog) this.parts.log.info('request', accessLine(job.trace));
  }

  /** For what failed before there was a job. */
  private refuse(thrown: unknown): void {
    const {parts, request, response} = this;
    const fault = asInventivError(thrown);
    if (fault.code === 'unexpected') parts.log.error('proxy_request_failed', {reason: fault.message});
    const error = fromInventivError(fault);
    const status = this.gone ? clientGoneStatus : error.status;
    parts.metrics.requestRefused(this.endpoint, status, parts.clock.nowMs() - this.startedAtMs);
    if (response.headersSent) response.destroy();
    else if (request.complete) sendError(response, error, this.traits.dialect);
    else refuseUnreadBody(request, response, error, this.traits.dialect);
  }
}

/** What the engine told, or a first guess where it tells nothing. */
function toldCounts(job: Job, {patcher, reply}: Attempt, result: ReplyResult): TokenCounts {
  const bodyBytes = job.body.length;
  const {bills} = traitsOf(job.endpoint);
  if (bills === 'nothing') return noTokens;
  if (patcher === null) {
    // Without a stream the engine tells nothing about work it gave up: what was sent is the best guess there is.
    return result.kind === 'cancelled' && reply.sent && bills === 'tokens' ? guessedPrompt(bodyBytes) : noTokens;
  }

  const counts = patcher.counts(bodyBytes);
  // A stream that came to its end without any usage still cost a prompt.
  const isUncounted = result.kind === 'streamed' && counts.promptTokens === 0 && bills === 'tokens';
  return isUncounted ? guessedPrompt(bodyBytes) : counts;
}
