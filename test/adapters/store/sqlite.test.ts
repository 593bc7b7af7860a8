import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll} from 'vitest';
import {openSqliteStore} from '../../../src/adapters/store/open-sqlite-store.ts';
import {storeContract} from '../../contract/store/store-contract.ts';
import {migrationsDir} from './paths.ts';

const directory = mkdtempSync(join(tmpdir(), 'inventiv-store-'));
let opened = 0;

afterAll(() => rmSync(directory, {recursive: true, force: true}));

storeContract('SQLite', ({clock, ids}) => {
  opened += 1;
  return openSqliteStore({path: join(directory, `${opened}.db`), migrationsDir, clock, ids});
});
