import {describe, expect, it} from 'vitest';
import type {EndCursor, EndedPage} from '../../../src/core/routing/ended-requests.ts';
import {endCursorText, joinEndedPages, parseEndCursor} from '../../../src/core/routing/ended-requests.ts';
import type {RequestTrace} from '../../../src/core/routing/request-trace.ts';

describe('a place in the ended requests', () => {
  it.each<[string, EndCursor]>([
    ['17:4', new Map([[17, 4]])],
    ['17:4,18:0', new Map([[17, 4], [18, 0]])], // biome-ignore format: a table
  ])('is %s as text, and back', (text, cursor) => {
    expect(endCursorText(cursor)).toBe(text);
    expect(parseEndCursor(text)).toEqual(cursor);
  });

  it('has a text where no process is', () => {
    expect(parseEndCursor(endCursorText(new Map()))).toEqual(new Map([[0, 0]]));
  });

  it.each(['', '17', '17:', ':4', '17:-1', '17:4,', '17:4;18:1', '17:1e3', Array(400).fill('1:1').join(',')])(
    'is not "%s"',
    text => expect(parseEndCursor(text)).toBeNull(),
  );
});

describe('the ended requests of several processes', () => {
  const page = (process: number, last: number, ...endsMs: number[]): EndedPage => ({
    cursor: new Map([[process, last]]),
    missed: 1,
    requests: endsMs.map((finishedAtMs, sequence) => ({process, finishedAtMs, sequence}) as RequestTrace),
  });
  const ends = ({requests}: EndedPage) => requests.map(({finishedAtMs}) => finishedAtMs);

  it('are in the order of their ends, and what was missed of any is missed', () => {
    const joined = joinEndedPages([page(1, 3, 10, 30), page(2, 9, 20)], {after: new Map(), limit: 1}, new Set([1, 2]));
    expect(ends(joined)).toEqual([10, 20, 30]);
    expect(joined.cursor).toEqual(new Map([[1, 3], [2, 9]])); // biome-ignore format: a table
    expect(joined.missed).toBe(2);
  });

  it('without a cursor are the latest of all', () => {
    const joined = joinEndedPages([page(1, 3, 10, 30), page(2, 9, 20)], {after: null, limit: 2}, new Set([1, 2]));
    expect(ends(joined)).toEqual([20, 30]);
  });

  it('keep the place of a process that did not answer, and forget one that is gone', () => {
    const after = new Map([[1, 3], [2, 9], [3, 5]]); // biome-ignore format: a table
    expect(joinEndedPages([page(1, 4, 10)], {after, limit: 5}, new Set([1, 2])).cursor).toEqual(
      new Map([[1, 4], [2, 9]]), // biome-ignore format: a table
    );
  });
});
