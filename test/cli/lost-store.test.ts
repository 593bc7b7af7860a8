import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {findLostStore} from '../../src/cli/lost-store.ts';
import {type StatePaths, statePaths} from '../../src/config/paths.ts';

let paths: StatePaths;
beforeEach(() => {
  const stateDir = mkdtempSync(join(tmpdir(), 'inventiv-lost-'));
  paths = statePaths({home: '/', stateDir, xdgStateHome: null});
});
afterEach(() => rmSync(paths.stateDir, {recursive: true}));

const fill = (path: string, bytes: number) => writeFileSync(path, Buffer.alloc(bytes, 1));

describe('a store that was lost', () => {
  it('is told by the key and the machines beside it, with the ways back', () => {
    fill(paths.database, 0);
    fill(paths.secretKey, 32);
    mkdirSync(join(paths.mockDir, 'servers'), {recursive: true});
    const told = findLostStore(paths);
    for (const path of [paths.database, paths.secretKey, paths.mockDir]) expect(told?.message).toContain(path);
    expect(told?.message).toContain('may be forgotten');
    expect(told?.hint).toMatch(/inventiv db restore FILE.*inventiv reconcile/);
  });

  it.each([
    ['is gone', () => {}],
    ['holds a header and nothing else', () => fill(paths.database, 4096)],
  ])('is told also where its file %s', (_, damage) => {
    fill(paths.secretKey, 32);
    damage();
    expect(findLostStore(paths)?.message).toContain(`${paths.secretKey} of an earlier one is there`);
  });

  it.each([
    ['before the first start', () => {}],
    ['while the first start makes it', () => fill(paths.database, 0)],
    ['with tables in it', () => [fill(paths.secretKey, 32), fill(paths.database, 8192)]],
    [
      'whose tables are still in the side file',
      () => [fill(paths.secretKey, 32), fill(paths.database, 4096), fill(`${paths.database}-wal`, 8192)],
    ],
  ])('is not seen in one %s', (_, arrange) => {
    arrange();
    expect(findLostStore(paths)).toBeNull();
  });
});
