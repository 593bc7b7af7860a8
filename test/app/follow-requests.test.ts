import {describe, expect, it} from 'vitest';
import {followRequests} from '../../src/app/follow-requests.ts';
import {InventivError} from '../../src/core/errors.ts';
import type {EndedPage} from '../../src/core/routing/ended-requests.ts';
import type {RequestTrace} from '../../src/core/routing/request-trace.ts';
import type {ServeInspector} from '../../src/ports/serve-inspector.ts';
import {FakeClock} from '../support/fake-clock.ts';

const scope = {organizationId: 'org_own'};
const gone = new InventivError('not_found', 'No "inventiv serve" listens.');

/** A server that answers these pages in turn; then, and for what is an error, it is gone. */
function server(pages: readonly (EndedPage<string> | Error)[]): {inspector: ServeInspector; asked: (string | null)[]} {
  const asked: (string | null)[] = [];
  const inspector: ServeInspector = {
    recentRequests: async () => [],
    findRequest: async () => null,
    endedRequests: async ({after}) => {
      const page = pages[asked.push(after) - 1] ?? gone;
      if (page instanceof Error) throw page;
      return page;
    },
  };
  return {inspector, asked};
}

function page(cursor: string, missed: number, ...requests: (readonly [id: string, organizationId?: string])[]) {
  return {
    cursor,
    missed,
    requests: requests.map(
      ([requestId, organizationId = scope.organizationId]) => ({requestId, organizationId}) as RequestTrace,
    ),
  };
}

/** To the end, with a clock that never makes it wait. */
async function follow(inspector: ServeInspector, signal = new AbortController().signal) {
  const clock = {nowMs: () => 0, sleep: async () => {}};
  const found = followRequests({serveInspector: inspector, clock}, scope, {limit: 5, adminPort: null, signal});
  return (await Array.fromAsync(found)).map(({trace, missedBefore}) => [trace.requestId, missedBefore]);
}

describe('following requests', () => {
  it('tells each once, goes on from the cursor, and ends when the server is gone', async () => {
    const {inspector, asked} = server([page('1:2', 0, ['a'], ['b']), page('1:2', 0), page('1:3', 0, ['c'])]);
    expect(await follow(inspector)).toEqual([
      ['a', 0],
      ['b', 0],
      ['c', 0],
    ]);
    expect(asked).toEqual([null, '1:2', '1:2', '1:3']);
  });

  it('shows nothing of another organization', async () => {
    const {inspector} = server([page('1:2', 0, ['theirs', 'org_other'], ['ours'])]);
    expect(await follow(inspector)).toEqual([['ours', 0]]);
  });

  it('says how many were missed before the next that is shown', async () => {
    const {inspector} = server([page('1:0', 0), page('1:9', 7), page('1:12', 1, ['a'], ['b'])]);
    expect(await follow(inspector)).toEqual([
      ['a', 8],
      ['b', 0],
    ]);
  });

  it('fails where no server ever was, and where something else answers', async () => {
    await expect(follow(server([]).inspector)).rejects.toThrow(gone);
    const other = new InventivError('conflict', 'no admin port');
    await expect(follow(server([page('1:0', 0), other]).inspector)).rejects.toThrow(other);
  });

  it('ends in its sleep when it is told to', async () => {
    const {inspector, asked} = server([page('1:1', 0, ['a'])]);
    const stop = new AbortController();
    const wish = {limit: 5, adminPort: null, signal: stop.signal};
    const following = followRequests({serveInspector: inspector, clock: new FakeClock()}, scope, wish);
    expect((await following.next()).value).toMatchObject({trace: {requestId: 'a'}});
    const next = following.next();
    stop.abort();
    expect((await next).done).toBe(true);
    expect(asked).toEqual([null]);
  });
});
