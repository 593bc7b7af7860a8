import {describe, expect, it} from 'vitest';
import {formatTraceparent, parseTraceparent} from '../../../src/core/tracing/trace-context.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const parentId = 'b7ad6b7169203331';

describe('parseTraceparent', () => {
  it.each([
    [`00-${traceId}-${parentId}-01`, {traceId, parentId, isSampled: true}],
    [`00-${traceId}-${parentId}-00`, {traceId, parentId, isSampled: false}],
    [`cc-${traceId}-${parentId}-03`, {traceId, parentId, isSampled: true}],
    [formatTraceparent(traceId, parentId), {traceId, parentId, isSampled: true}],
    [`ff-${traceId}-${parentId}-01`, null],
    [`00-${'0'.repeat(32)}-${parentId}-01`, null],
    [`00-${traceId}-${'0'.repeat(16)}-01`, null],
    [`00-${traceId.toUpperCase()}-${parentId}-01`, null],
    ['', null],
    [undefined, null],
    [['a', 'b'], null],
  ])('reads %j', (header, expected) => {
    expect(parseTraceparent(header)).toEqual(expected);
  });
});
