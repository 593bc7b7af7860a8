import {join} from 'node:path';
import {openSqliteStore} from '../../src/adapters/store/open-sqlite-store.ts';
import {randomIds} from '../../src/adapters/system/random-ids.ts';
import {systemClock} from '../../src/adapters/system/system-clock.ts';
import {openStreamPool} from '../../src/adapters/worker/stream-pool/open-stream-pool.ts';
import {startServer} from '../../src/serve/server.ts';
import {hasher, secretBox} from '../serve/support/bench.ts';

/** A `serve` of the drill: `ledger-server.ts DIRECTORY PORT`, to be killed at any moment. Prints a line when it listens. */
const [directory = '', port = '0'] = process.argv.slice(2);
const clock = systemClock();
const ids = randomIds(clock);
const store = await openSqliteStore({
  path: join(directory, 'inventiv.db'),
  migrationsDir: join(import.meta.dirname, '../../migrations'),
  clock,
  ids,
});
const log = {info: () => {}, warn: () => {}, error: (event: string, fields = {}) => console.error(event, fields)};
const server = await startServer(
  {
    ...{store, clock, ids, hasher, secretBox, log, loops: []},
    openPool: openStreamPool,
  },
  {host: '127.0.0.1', port: Number(port), adminPort: null, version: 'drill', stateDir: directory},
);
console.log('listening');
process.once('SIGTERM', () => {
  void server.close().then(() => process.exit(0));
});
