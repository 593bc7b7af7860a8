import {rateHeaders, tighter} from '../../core/limits/rate-headers.ts';
import type {RateLimit, RateUse, Shortage} from '../../core/limits/rate-limit.ts';
import {
  allowances,
  longest,
  rateAt,
  shortageOf,
  unusedRate,
  withoutRequest,
  withRequest,
} from '../../core/limits/rate-limit.ts';
import type {LimitScope, ScopeIndex} from '../../core/limits/scope.ts';
import {indexScopes} from '../../core/limits/scope.ts';
import {formatDuration} from '../../core/time.ts';
import type {Clock} from '../../ports/clock.ts';
import type {RateLimitStore} from '../../ports/rate-limits.ts';
import type {AdmissionRequest, Gate, Headers, Refusal, Verdict} from './gate.ts';

/**
 * Requests and tokens per minute, and requests at the same time. All limits that concern a request have to let it in. Kept
 * in memory: a `serve` that starts anew begins with full minutes.
 */
export class RateGate implements Gate {
  private readonly store: Pick<RateLimitStore, 'listAll'>;
  private readonly clock: Pick<Clock, 'nowMs'>;
  private limits: ScopeIndex<RateLimit> = indexScopes<RateLimit>([]);
  private byId: ReadonlyMap<string, RateLimit> = new Map();
  private readonly uses = new Map<string, RateUse>();

  constructor(store: Pick<RateLimitStore, 'listAll'>, clock: Pick<Clock, 'nowMs'>) {
    this.store = store;
    this.clock = clock;
  }

  async refresh(): Promise<readonly LimitScope[]> {
    const limits = await this.store.listAll();
    this.limits = indexScopes(limits);
    this.byId = new Map(limits.map(limit => [limit.id, limit]));
    for (const id of this.uses.keys()) if (!this.byId.has(id)) this.uses.delete(id);
    return limits.map(({organizationId, keyId, userId, modelHfId}) => ({organizationId, keyId, userId, modelHfId}));
  }

  enter(request: AdmissionRequest): Verdict {
    const limits = this.limits.matching(request);
    const shortage = longest(limits.flatMap(limit => shortageOf(this.presentUse(limit), limit, request) ?? []));
    if (shortage !== null) return refusal(shortage, this.headers(limits));

    const held = limits.map(limit => {
      const next = withRequest(this.presentUse(limit), limit, request);
      this.uses.set(limit.id, next.use);
      return {id: limit.id, held: next.held};
    });
    const end = (tokens: number | null) => {
      for (const {id, held: taken} of held) {
        const limit = this.byId.get(id);
        if (limit !== undefined) this.uses.set(id, withoutRequest(this.presentUse(limit), limit, taken, tokens));
      }
    };
    return {
      kind: 'granted',
      headers: this.headers(limits),
      settle: ({promptTokens, completionTokens}) => end(promptTokens + completionTokens),
      release: () => end(null),
    };
  }

  /** As of now, and kept: a clock that went back counts from where it is. */
  private presentUse(limit: RateLimit): RateUse {
    const nowMs = this.clock.nowMs();
    const use = rateAt(this.uses.get(limit.id) ?? unusedRate(nowMs), limit, nowMs);
    this.uses.set(limit.id, use);
    return use;
  }

  private headers(limits: readonly RateLimit[]): Headers {
    const all = limits.map(limit => allowances(this.presentUse(limit), limit));
    return rateHeaders({
      requests: all.map(({requests}) => requests).reduce(tighter, null),
      tokens: all.map(({tokens}) => tokens).reduce(tighter, null),
    });
  }
}

function refusal({kind, limit, waitMs}: Shortage, headers: Headers): Refusal {
  const reached = {
    requests: `Rate limit reached: ${limit} requests per minute.`,
    tokens: `Rate limit reached: ${limit} tokens per minute.`,
    concurrency: `Rate limit reached: ${limit} requests at the same time.`,
  };
  return {
    kind: 'refused',
    limit: kind,
    code: 'rate_limited',
    message:
      waitMs === null
        ? `This request may need more than the ${limit} tokens per minute that are allowed.`
        : reached[kind],
    hint:
      waitMs === null
        ? 'Send a shorter prompt, or a smaller bound for the answer.'
        : `Try again in ${formatDuration(waitMs)}.`,
    retryAfterMs: waitMs,
    headers,
  };
}
