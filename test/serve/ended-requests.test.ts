import {describe, expect, it} from 'vitest';
import type {UsageRecord} from '../../src/core/finops/usage.ts';
import {RequestLog} from '../../src/serve/requests/request-log.ts';

/** A log in which these requests ended, in this order. */
function logOf(count: number, log = new RequestLog()): RequestLog {
  for (let index = 0; index < count; index++) end(log, `r${index}`);
  return log;
}

function begin(log: RequestLog, requestId: string) {
  return log.begin({
    requestId,
    clientRequestId: requestId,
    organizationId: 'org',
    keyId: 'key',
    endpoint: 'chat/completions',
    model: 'acme/chat-8b',
    streamed: false,
    hasSession: false,
    bodyBytes: 10,
    prompts: [],
    startedAtMs: 0,
  });
}

function end(log: RequestLog, requestId: string): void {
  log.finish(begin(log, requestId), {finishedAtMs: 1, httpStatus: 200} as UsageRecord);
}

function read(log: RequestLog, after: number | null, limit: number) {
  const place = after === null ? null : new Map([[process.pid, after]]);
  const {cursor, missed, requests} = log.ended({after: place, limit});
  return {at: cursor.get(process.pid), missed, ids: requests.map(({requestId}) => requestId)};
}

describe('the ended requests of a process', () => {
  it('begin with the latest, and go on in the order of the ends', () => {
    const log = logOf(5);
    const slow = begin(log, 'slow');
    expect(read(log, null, 2)).toEqual({at: 5, missed: 0, ids: ['r3', 'r4']});
    end(log, 'quick');
    log.finish(slow, {finishedAtMs: 2, httpStatus: 200} as UsageRecord);
    expect(read(log, 5, 10)).toEqual({at: 7, missed: 0, ids: ['quick', 'slow']});
    expect(read(log, 7, 10)).toEqual({at: 7, missed: 0, ids: []});
  });

  it('are read page by page', () => {
    const log = logOf(5);
    expect(read(log, 0, 2)).toEqual({at: 2, missed: 0, ids: ['r0', 'r1']});
    expect(read(log, 4, 2)).toEqual({at: 5, missed: 0, ids: ['r4']});
  });

  it('are bounded: a slow reader learns how many it missed', () => {
    const log = logOf(2500);
    expect(read(log, 100, 2)).toEqual({at: 502, missed: 400, ids: ['r500', 'r501']});
    expect(read(log, null, 1)).toEqual({at: 2500, missed: 0, ids: ['r2499']});
  });

  it('begin anew for a place that is not of this process', () => {
    expect(read(logOf(2), 900, 5).ids).toEqual(['r0', 'r1']);
    expect(logOf(2).ended({after: new Map([[1, 900]]), limit: 5}).requests).toHaveLength(2);
  });
});
