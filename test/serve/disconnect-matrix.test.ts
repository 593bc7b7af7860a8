import {expect, it} from 'vitest';
import {runDisconnectMatrix} from '../drills/disconnect-matrix.ts';

it('a client that leaves, in any phase of any endpoint, closes the worker, frees its place and leaves one line', async () => {
  const rows = await runDisconnectMatrix(['chat/completions', 'responses', 'messages', 'embeddings']);
  // Times are the drill's business (npm run drill:disconnect); here a departure must be seen at all.
  const broken = rows.filter(({phase, closedAfterMs, inFlight, ledgerRows, outcome}) => {
    const isAsked = phase !== 'body';
    const isClosed = isAsked ? Number.isFinite(closedAfterMs) : closedAfterMs === null;
    return (
      !isClosed || inFlight !== 0 || ledgerRows !== (isAsked ? 1 : 0) || outcome !== (isAsked ? 'cancelled' : null)
    );
  });
  expect(broken).toEqual([]);
  expect(rows.length).toBe(29);
}, 60_000);
