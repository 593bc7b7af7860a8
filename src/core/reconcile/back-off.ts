import {hourMs, minuteMs} from '../time.ts';

const firstMs = minuteMs;
const maxMs = 6 * hourMs;
const doublingsMax = 10;

/** How long a deletion that did not succeed is left alone, after this many tries: doubling, capped. */
export function deleteBackOffMs(attempts: number): number {
  return Math.min(maxMs, firstMs * 2 ** Math.min(Math.max(0, attempts - 1), doublingsMax));
}
