import {asInventivError} from '../core/errors.ts';
import type {EndedPage} from '../core/routing/ended-requests.ts';
import type {RequestTrace} from '../core/routing/request-trace.ts';
import type {OrgScope} from '../core/tenancy/org-scope.ts';
import type {Clock} from '../ports/clock.ts';
import type {ServeInspector} from '../ports/serve-inspector.ts';

export interface EndedRequest {
  readonly trace: RequestTrace;
  /** How many the server forgot before they could be read, of whatever organization, just before this one. */
  readonly missedBefore: number;
}

const pageSize = 1000;
const pollMs = 500;

/** The latest ended requests, then each as it ends, until the signal aborts or the server is gone. Throws as the inspector when there never was one. */
export async function* followRequests(
  {serveInspector, clock}: {readonly serveInspector: ServeInspector; readonly clock: Clock},
  {organizationId}: OrgScope,
  {limit, adminPort, signal}: {limit: number; adminPort: number | null; signal: AbortSignal},
): AsyncGenerator<EndedRequest, void> {
  let page: EndedPage<string> | null = await serveInspector.endedRequests({after: null, limit, adminPort}, signal);
  let missedBefore = 0;
  while (page !== null && !signal.aborted) {
    missedBefore += page.missed;
    for (const trace of page.requests) {
      if (trace.organizationId !== organizationId) continue;
      yield {trace, missedBefore};
      missedBefore = 0;
    }

    if (page.requests.length < pageSize) await clock.sleep(pollMs, signal);
    const after: string = page.cursor;
    page = signal.aborted
      ? null
      : await serveInspector.endedRequests({after, limit: pageSize, adminPort}, signal).catch(nullWhenGone);
  }
}

function nullWhenGone(error: unknown): null {
  if (asInventivError(error).code === 'not_found') return null;
  throw error;
}
