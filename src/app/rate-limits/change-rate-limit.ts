import {InventivError} from '../../core/errors.ts';
import type {RateLimit, Rates} from '../../core/limits/rate-limit.ts';
import type {OrgScope} from '../../core/tenancy/org-scope.ts';
import type {Ids} from '../../ports/ids.ts';
import type {RateLimitOwner, RateLimitStore} from '../../ports/rate-limits.ts';
import type {AuditStore} from '../../ports/store.ts';

export interface RateLimitTools {
  readonly rateLimits: RateLimitStore;
  readonly audit: AuditStore;
  readonly ids: Ids;
}

export interface RateLimitActor {
  readonly scope: OrgScope;
  readonly userId: string;
  readonly correlationId: string;
}

/** Sets a limit in place of what the owner had; a running `serve` counts by it in less than a second. */
export async function setRateLimit(
  {rateLimits, audit, ids}: RateLimitTools,
  {scope, userId, correlationId}: RateLimitActor,
  owner: RateLimitOwner,
  {requestsPerMinute, tokensPerMinute, concurrency}: Rates,
): Promise<RateLimit> {
  const rates = {requestsPerMinute, tokensPerMinute, concurrency};
  if (Object.values(rates).every(rate => rate === null)) {
    throw new InventivError('invalid_input', 'expected at least one of requests, tokens and concurrency, got none', {
      hint: 'For example: inventiv rate-limits set --requests 60. To take a limit away: inventiv rate-limits unset',
      param: '--requests',
    });
  }

  const limit = await rateLimits.put(scope, {id: ids.next('rateLimit'), ...owner, ...rates});
  await audit.append(scope, {
    actor: userId,
    action: 'rate_limits.set',
    subject: limit.id,
    details: {...owner, ...rates},
    correlationId,
  });
  return limit;
}

export async function unsetRateLimit(
  {rateLimits, audit}: Pick<RateLimitTools, 'rateLimits' | 'audit'>,
  {scope, userId, correlationId}: RateLimitActor,
  owner: RateLimitOwner,
): Promise<RateLimit> {
  const limit = await rateLimits.remove(scope, owner);
  if (limit === null) {
    throw new InventivError('not_found', 'There is no such rate limit.', {
      hint: 'See what there is: inventiv rate-limits list',
    });
  }

  await audit.append(scope, {
    actor: userId,
    action: 'rate_limits.unset',
    subject: limit.id,
    details: {...owner},
    correlationId,
  });
  return limit;
}
