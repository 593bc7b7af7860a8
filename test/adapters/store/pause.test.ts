import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, expect, it} from 'vitest';
import {openSqliteStore} from '../../../src/adapters/store/open-sqlite-store.ts';
import {FakeClock} from '../../support/fake-clock.ts';
import {seededIds} from '../../support/seeded-ids.ts';
import {migrationsDir} from './paths.ts';

const directory = mkdtempSync(join(tmpdir(), 'inventiv-store-'));
afterAll(() => rmSync(directory, {recursive: true, force: true}));

it('lets everybody else have a turn between queries that follow each other without end', async () => {
  await using store = await open(1);
  let isOver = false;
  setTimeout(() => {
    isOver = true;
  }, 1);
  // Without a turn nobody would ever say so.
  for (let queries = 0; !isOver && queries < 1_000_000; queries++) await store.beats.beat('test', queries);
  expect(isOver).toBe(true);
});

it('lets queries of a test follow each other at once', async () => {
  await using store = await open();
  let turns = 0;
  setImmediate(() => {
    turns += 1;
  });
  for (let queries = 0; queries < 100; queries++) await store.beats.beat('test', queries);
  expect(turns).toBe(0);
});

function open(blockMaxMs?: number) {
  const clock = new FakeClock();
  const limit = blockMaxMs === undefined ? {} : {blockMaxMs};
  return openSqliteStore({path: join(directory, `${blockMaxMs}.db`), migrationsDir, clock, ids: seededIds(), ...limit});
}
