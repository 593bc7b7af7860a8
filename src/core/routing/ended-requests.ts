import * as z from 'zod';
import {requestTraceSchema} from './request-trace.ts';

/** Where a reader is in the ended requests of each process of a server: process id, then the number of the last end read. */
export type EndCursor = ReadonlyMap<number, number>;

export interface EndedQuery {
  /** Null: the latest, whatever their number. */
  readonly after: EndCursor | null;
  readonly limit: number;
}

export interface EndedPage<Cursor = EndCursor> {
  /** Where to go on. */
  readonly cursor: Cursor;
  /** Ended after the cursor of the query and forgotten since. */
  readonly missed: number;
  /** In the order of their ends. */
  readonly requests: readonly z.infer<typeof requestTraceSchema>[];
}

/** A page as it is sent, its cursor as text. */
export const endedPageSchema = z.object({
  cursor: z.string(),
  missed: z.number(),
  requests: z.array(requestTraceSchema),
}) satisfies z.ZodType<EndedPage<string>>;

const cursorPattern = /^\d{1,10}:\d{1,15}(?:,\d{1,10}:\d{1,15}){0,255}$/;

/** `0:0` is nobody's: the text is never empty. */
export function endCursorText(cursor: EndCursor): string {
  return Array.from(cursor.size === 0 ? [[0, 0]] : cursor, ([process, end]) => `${process}:${end}`).join(',');
}

/** Null when it is none. */
export function parseEndCursor(text: string): EndCursor | null {
  if (!cursorPattern.test(text)) return null;
  return new Map(text.split(',').map(part => part.split(':').map(Number) as [number, number]));
}

/**
 * One page of those of several processes. One that lives and did not answer keeps its place; one that is gone loses it.
 * Without a cursor the latest of all are taken, with one all of each page: what was read is not left out.
 */
export function joinEndedPages(
  pages: readonly EndedPage[],
  {after, limit}: EndedQuery,
  living: ReadonlySet<number>,
): EndedPage {
  const kept = Array.from(after ?? []).filter(([process]) => living.has(process));
  const requests = pages
    .flatMap(page => page.requests)
    .toSorted((a, b) => (a.finishedAtMs ?? 0) - (b.finishedAtMs ?? 0) || a.sequence - b.sequence);
  return {
    cursor: new Map([...kept, ...pages.flatMap(({cursor}) => [...cursor])]),
    missed: pages.reduce((sum, {missed}) => sum + missed, 0),
    requests: after === null ? requests.slice(-limit) : requests,
  };
}
