import type {RateLimit, Rates} from '../core/limits/rate-limit.ts';
import type {OrgScope} from '../core/tenancy/org-scope.ts';

/** Of whom a limit is: a key, a model, a key's requests to a model, or (both null) the whole organization. */
export interface RateLimitOwner {
  readonly keyId: string | null;
  readonly modelHfId: string | null;
}

/** How much the organization, its keys and its models may be asked for; one limit for each owner. */
export interface RateLimitStore {
  /** In place of what the owner had. `conflict` when the organization has as many limits as it may. */
  put(scope: OrgScope, limit: RateLimitOwner & Rates & {readonly id: string}): Promise<RateLimit>;
  /** Null: it had none. */
  remove(scope: OrgScope, owner: RateLimitOwner): Promise<RateLimit | null>;
  list(scope: OrgScope): Promise<readonly RateLimit[]>;
  /** Of all organizations: the proxy's gate. */
  listAll(): Promise<readonly RateLimit[]>;
}
