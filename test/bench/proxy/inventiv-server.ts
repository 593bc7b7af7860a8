// Process: `serve` with everything on (keys under the real keyed hash, metering with its crash journal, routing, the
// store), in front of workers that are the bench's upstream. Arguments: directory, upstream port, number
// of data-plane processes. Sends its port and a key.
import {join} from 'node:path';
import {readOrCreateKeyFile} from '../../../src/adapters/secrets/key-file.ts';
import {aesSecretBox, hmacHasher} from '../../../src/adapters/secrets/secret-box.ts';
import {openSqliteStore} from '../../../src/adapters/store/open-sqlite-store.ts';
import {randomIds} from '../../../src/adapters/system/random-ids.ts';
import {systemClock} from '../../../src/adapters/system/system-clock.ts';
import {openStreamPool} from '../../../src/adapters/worker/stream-pool/open-stream-pool.ts';
import {startServer} from '../../../src/serve/server.ts';
import {aKey, anInstance, aSpec} from '../../contract/store/rows.ts';
import {benchModel} from './payloads.ts';

const [directory = '', upstreamPort = '', workers = '0'] = process.argv.slice(2);
const clock = systemClock();
const ids = randomIds(clock);
const store = await openSqliteStore({
  path: join(directory, 'inventiv.db'),
  migrationsDir: join(import.meta.dirname, '../../../migrations'),
  clock,
  ids,
});
const keyFile = join(directory, 'secret.key');
const readKey = () => readOrCreateKeyFile(keyFile);
const hasher = hmacHasher(readKey);
const secretBox = aesSecretBox(readKey);

const {organization, user} = await store.organizations.ensureDefault({userName: 'operator'});
const rows = {clock, ids, scope: {organizationId: organization.id}, userId: user.id};
const secret = 'inv-bench-0000000000000000000000000000000000000';
await store.keys.create(rows.scope, aKey(rows, {hash: hasher.hash(secret)}));
const openaiUrl = `http://127.0.0.1:${upstreamPort}`;
for (const name of ['first', 'second']) {
  const id = ids.next('instance');
  const instance = anInstance(rows, {
    id,
    name,
    state: 'ready',
    spec: aSpec({modelHfId: benchModel, servedModelName: benchModel, maxModelLen: 16_384}),
    endpoint: {openaiUrl, agentUrl: openaiUrl, tlsFingerprint: null},
    workerKeySealed: secretBox.seal('worker-key', `worker-key:${id}`),
  });
  await store.instances.create({instance, resources: [], actions: [], reason: 'bench'});
}

const log = {info: () => {}, warn: console.error, error: console.error};
const server = await startServer(
  {
    ...{store, clock, ids, hasher, secretBox, log},
    openPool: openStreamPool,
    loops: [],
    dataPlaneProgram: {path: join(import.meta.dirname, '../../../src/compose/data-plane-main.ts'), args: [keyFile]},
  },
  {host: '127.0.0.1', port: 0, adminPort: 0, version: '0.0.0-bench', stateDir: directory, workers: Number(workers)},
);
process.send?.({port: server.address.port, adminPort: server.adminAddress?.port, key: secret});
const close = () => void server.close().then(() => process.exit());
process.once('SIGTERM', close).once('disconnect', close);
