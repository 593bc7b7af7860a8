import type {IncomingMessage, ServerResponse} from 'node:http';
import {asInventivError} from '../../core/errors.ts';
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
import type {EpochMs} from '../../core/time.ts';
import type {Clock} from '../../ports/clock.ts';
import type {Ids} from '../../ports/ids.ts';
import type {SecretHasher} from '../../ports/secrets.ts';
import {authenticate, requireScope} from '../auth.ts';
import type {ServeLog} from '../log.ts';
import type {ServeMetrics} from '../metrics.ts';
import {sendError} from '../send-error.ts';
import type {Look} from '../snapshot/keeper.ts';
import type {WorkerHandle} from '../snapshot/worker-handle.ts';
import type {UsageRecorder} from '../usage/recorder.ts';
import type {Admission, Ticket} from './admission.ts';
import type {Attempt, Job} from './attempt.ts';
import {clientModelName, prepareAttempt, verdictOf} from './attempt.ts';
import {recount} from './count-tokens.ts';
import {chooseWorker, findRoute, noWorker, sessionOf} from './find-route.ts';
import type {ProxyLimits} from './limits.ts';
import {refuseUnreadBody} from './linger.ts';
import {readBody} from './read-body.ts';
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
  readonly log: ServeLog;
}

/** What nginx made the custom for "the client closed the connection"; in records and metrics only. */
const clientGoneStatus = 499;

/** One request of a client, from its headers to its last byte: read, routed, relayed, metered. */
export class ProxiedRequest {
  private readonly parts: ProxyParts;
  private readonly endpoint: ProxyEndpoint;
  private readonly traits: EndpointTraits;
  private readonly request: IncomingMessage;
  private readonly response: ServerResponse;
  private readonly startedAtMs: EpochMs;
  private reply: UpstreamReply | null = null;
  private ticket: Ticket | null = null;
  private gone = false;
  private interrupted = false;

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
      const job = await this.accept();
      this.ticket = this.parts.admission.admit(job);
      const last = await this.tryWorkers(job);
      if (last === null) this.refuseWithoutWorker(job);
      else await this.finish(job, last.attempt, last.result);
    } catch (thrown) {
      this.refuse(thrown);
    } finally {
      this.ticket?.release();
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

  private async accept(): Promise<Job> {
    const {parts, endpoint, traits, request, startedAtMs} = this;
    const key = await parts.look(snapshot => authenticate(snapshot, parts.hasher, request.headers, startedAtMs));
    requireScope(key, 'inference');
    parts.usage.keyUsed(key.id, startedAtMs);
    const {multimodalBodyMaxBytes, textBodyMaxBytes} = parts.limits;
    const maxBytes = traits.multimodal ? multimodalBodyMaxBytes : textBodyMaxBytes;
    const {body, boundary} = await readBody(request, {kind: traits.body, maxBytes});
    const plan = boundary === null ? planRequest(endpoint, body) : planForm(endpoint, body, boundary);
    const {caps} = parts.limits;
    checkCaps(endpoint, body, plan, caps);
    const route = await parts.look(snapshot => findRoute(snapshot, key, plan.model));
    return {endpoint, key, body, plan, caps, route, requestId: parts.ids.next('request'), startedAtMs};
  }

  /** Until one answers, or begins to; null when there is no worker to try, or nobody left to answer. */
  private async tryWorkers(job: Job): Promise<{attempt: Attempt; result: ReplyResult} | null> {
    const {limits, traffic, clock, metrics} = this.parts;
    const session = sessionOf(this.request, job.key);
    const tried = new Set<WorkerHandle>();
    let last: {attempt: Attempt; result: ReplyResult} | null = null;

    for (let number = 1; number <= limits.attemptsMax && !this.gone && !this.interrupted; number++) {
      const worker = chooseWorker(job.route, {tried, session, turn: traffic.nextTurn(), nowMs: clock.nowMs()});
      if (worker === null || (last !== null && !traffic.takeRetry())) break;
      last = await this.tryWorker(job, worker, number);
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
    worker: WorkerHandle,
    number: number,
  ): Promise<{attempt: Attempt; result: ReplyResult}> {
    const {request, response} = this;
    const {limits, clock} = this.parts;
    const attempt = prepareAttempt(job, worker, number, {request, response, limits, clock});
    const release = worker.acquire();
    this.reply = attempt.reply;
    attempt.reply.send();
    const result = await attempt.reply.result;
    release(verdictOf(result), clock.nowMs());
    return {attempt, result};
  }

  /** Accounts first, speaks last: a client that saw the end of its answer finds it on the bill, even after a crash. */
  private async finish(job: Job, attempt: Attempt, result: ReplyResult): Promise<void> {
    const {response} = this;
    switch (result.kind) {
      case 'answered':
        return this.finishAnswer(job, attempt, result);
      case 'refused':
        return this.refuseJob(job, attempt, result.error);
      case 'streamed': {
        const counts = await this.countsOf(job, attempt, result);
        this.account(job, {outcome: 'completed', status: 200, counts, attempt});
        response.end(result.lastWords);
        return;
      }
      case 'broken': {
        const counts = await this.countsOf(job, attempt, result);
        this.account(job, {outcome: 'failed', status: result.error.status, counts, attempt});
        response.end(errorEvent(result.error, this.traits.stream ?? 'chunks'));
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
    this.response.end(bytes);
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
    this.ticket?.settle(record);
    this.ticket = null;
    this.parts.metrics.requestFinished(record);
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
