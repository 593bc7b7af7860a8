import type {DomainEvent} from '../core/events.ts';
import type {Clock} from '../ports/clock.ts';
import type {EventStore} from '../ports/store.ts';
import type {ServeLog} from './log.ts';
import {messageOf} from './log.ts';

const pollIntervalMs = 100;
const pageSize = 500;

/** Called with each page of new events, oldest first; with an empty page when nothing happened. */
export type EventListener = (events: readonly DomainEvent[]) => void | Promise<void>;

/**
 * The one reader of the event log in this process. Follows it from `afterId` on, in order, without gaps; a listener that
 * throws is called again with the same page at the next poll.
 */
export async function watchEvents(
  deps: {events: EventStore; clock: Clock; log: ServeLog},
  start: {afterId: number; listener: EventListener; signal: AbortSignal},
): Promise<void> {
  let afterId = start.afterId;
  let token: string | null = null;
  let failing = false;

  while (!start.signal.aborted) {
    try {
      const now = await deps.events.changeToken();
      let page = now === token ? [] : await deps.events.after(afterId, {limit: pageSize});
      await start.listener(page);
      while (page.length > 0) {
        afterId = page.at(-1)?.id ?? afterId;
        page = await deps.events.after(afterId, {limit: pageSize});
        if (page.length > 0) await start.listener(page);
      }

      token = now;
      failing = false;
    } catch (error) {
      if (!failing) deps.log.error('event_watch_failed', {reason: messageOf(error)});
      failing = true;
    }

    await deps.clock.sleep(pollIntervalMs, start.signal);
  }
}
