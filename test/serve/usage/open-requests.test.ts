import {mkdtempSync, readdirSync, rmSync, truncateSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import type {UsageRecord} from '../../../src/core/finops/usage.ts';
import {OpenRequests, readOpenRequests} from '../../../src/serve/usage/open-requests.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'inventiv-open-'));
});

afterEach(() => rmSync(directory, {recursive: true}));

const record = (requestId: string, padding = 0): UsageRecord => ({
  ...{requestId, organizationId: 'org', keyId: 'key', userId: 'usr', modelHfId: 'm'.repeat(1 + padding)},
  ...{instanceId: null, endpoint: '/v1/embeddings', streamed: false, outcome: 'failed', httpStatus: 500},
  ...{promptTokens: 0, cachedPromptTokens: 0, completionTokens: 0, reasoningTokens: 0, audioMs: 0},
  ...{estimated: true, attempts: 0},
  ...{startedAtMs: 1, finishedAtMs: 1, firstTokenMs: null, priceId: null, amountNanos: 0},
});
const turn = () => new Promise(resolve => setImmediate(resolve));
const files = () => readdirSync(directory).map(name => join(directory, name));

describe('OpenRequests', () => {
  it('leaves on disk what was begun and is not over, and nothing after its close', async () => {
    const requests = new OpenRequests(directory);
    for (const id of ['a', 'b', 'c']) requests.begun(record(id));
    requests.over('b');
    requests.over('never begun');
    await turn();
    const [path = ''] = files();
    expect(readOpenRequests(path)).toEqual([record('a'), record('c')]);
    requests.close();
    expect(files()).toEqual([]);
  });

  it('skips a line that a crash cut off', async () => {
    const requests = new OpenRequests(directory);
    requests.begun(record('a'));
    requests.begun(record('b'));
    await turn();
    const [path = ''] = files();
    truncateSync(path, JSON.stringify(record('a')).length + 20);
    expect(readOpenRequests(path)).toEqual([record('a')]);
  });

  it('stays small however many requests pass, and keeps the ones that stay open', async () => {
    const requests = new OpenRequests(directory);
    requests.begun(record('stays'));
    for (let round = 0; round < 40; round++) {
      requests.begun(record(`r${round}`, 64 * 1024));
      requests.over(`r${round}`);
      await turn();
    }

    expect(files()).toHaveLength(1);
    expect(readOpenRequests(files()[0] ?? '')).toEqual([record('stays')]);
  });
});
