import type {DomainEvent, EventTopic} from '../core/events.ts';
import type {OrgScope} from '../core/tenancy/org-scope.ts';
import type {Clock} from '../ports/clock.ts';
import type {EventStore} from '../ports/store.ts';

export interface FollowRequest {
  /** Null: start with the latest `limit` events. */
  readonly afterId: number | null;
  readonly topics: readonly EventTopic[] | null;
  readonly limit: number;
  readonly follow: boolean;
  readonly signal: AbortSignal;
}

const pageSize = 500;
const pollMs = 100;

/** Past events, then new ones as they are committed: no gap, no repetition, because ids rise in commit order. */
export async function* followEvents(
  tools: {readonly events: Pick<EventStore, 'after' | 'latestId' | 'changeToken'>; readonly clock: Clock},
  scope: OrgScope,
  request: FollowRequest,
): AsyncGenerator<DomainEvent> {
  const {events, clock} = tools;
  const {follow, signal} = request;
  const options = {scope, limit: pageSize, ...(request.topics === null ? {} : {topics: request.topics})};
  let afterId = request.afterId ?? (await firstOfLatest(events, options, request.limit));
  let token: string | null = null;
  let left = follow ? Number.POSITIVE_INFINITY : request.limit;
  while (!signal.aborted && left > 0) {
    const now = await events.changeToken();
    if (now === token) {
      await clock.sleep(pollMs, signal);
      continue;
    }

    const page = await events.after(afterId, options);
    for (const event of page.slice(0, left)) yield event;
    left -= page.length;
    afterId = page.at(-1)?.id ?? afterId;
    if (page.length < pageSize) {
      if (!follow) return;
      token = now;
    }
  }
}

/** The id before the latest `count` events that match; ids have gaps, so it steps back in widening spans. */
async function firstOfLatest(
  events: Pick<EventStore, 'after' | 'latestId'>,
  options: {scope: OrgScope; limit: number; topics?: readonly EventTopic[]},
  count: number,
): Promise<number> {
  const latest = await events.latestId();
  for (let span = count; ; span *= 4) {
    const from = Math.max(0, latest - span);
    const found: DomainEvent[] = [];
    for (let after = from; ; ) {
      const page = await events.after(after, options);
      found.push(...page);
      if (page.length < options.limit) break;
      after = page.at(-1)?.id ?? latest;
    }

    const first = found.at(-count);
    if (first !== undefined || from === 0) return (first?.id ?? 1) - 1;
  }
}
