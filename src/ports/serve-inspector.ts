import type {RequestTrace} from '../core/routing/request-trace.ts';

/**
 * What a running `serve` on this machine remembers, asked over its admin port. Throws `not_found` when none listens there
 * (with a hint), `conflict` when something else does.
 */
export interface ServeInspector {
  /** Newest first. `adminPort`: where that `serve` listens; null for the configured one. */
  recentRequests(query: {limit: number; adminPort: number | null}): Promise<readonly RequestTrace[]>;
  /** By the id of the usage record or the `x-request-id` of the answer; null when it is not remembered (any more). */
  findRequest(id: string, adminPort: number | null): Promise<RequestTrace | null>;
}
