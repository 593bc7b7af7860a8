import type {EndedPage} from '../core/routing/ended-requests.ts';
import type {RequestTrace} from '../core/routing/request-trace.ts';

/**
 * What a running `serve` on this machine remembers, asked over its admin port. Throws `not_found` when none listens there
 * (with a hint), `conflict` when something else does.
 */
export interface ServeInspector {
  /** Newest first. `adminPort`: where that `serve` listens; null for the configured one. */
  recentRequests(query: {limit: number; adminPort: number | null}): Promise<readonly RequestTrace[]>;
  /** Oldest end first: the latest, or those since the cursor of an earlier page. An abort ends it like a server that is gone. */
  endedRequests(
    query: {after: string | null; limit: number; adminPort: number | null},
    signal: AbortSignal,
  ): Promise<EndedPage<string>>;
  /** By the id of the usage record or the `x-request-id` of the answer; null when it is not remembered (any more). */
  findRequest(id: string, adminPort: number | null): Promise<RequestTrace | null>;
}
