// Run as a process of its own: opens the store when told, writes in every way, reports as JSON lines.
import {once} from 'node:events';
import {openSqliteStore} from '../../../src/adapters/store/open-sqlite-store.ts';
import {randomIds} from '../../../src/adapters/system/random-ids.ts';
import {systemClock} from '../../../src/adapters/system/system-clock.ts';
import {aUsageRecord, newInstance} from '../../contract/store/rows.ts';
import {FakeClock} from '../../support/fake-clock.ts';
import {migrationsDir} from './paths.ts';

const [path = '', name = '', rounds = '0'] = process.argv.slice(2);
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);

say({ready: true});
await once(process.stdin, 'data');
process.stdin.destroy();

const clock = systemClock();
const ids = randomIds(clock);
await using store = await openSqliteStore({path, migrationsDir, clock, ids});
const {organization, user} = await store.organizations.ensureDefault({userName: name});
const bench = {
  store,
  clock: new FakeClock(clock.nowMs()),
  ids,
  scope: {organizationId: organization.id},
  userId: user.id,
};
const {id} = await store.instances.create(newInstance(bench, {name}));
let slowestMs = 0;

for (let round = 0; round < Number(rounds); round++) {
  const startedMs = performance.now();
  await store.instances.acquireLease(id, name, 60_000);
  await store.instances.record({
    instanceId: id,
    correlationId: name,
    leaseOwner: name,
    actions: [{kind: 'start', type: 'HEALTH_CHECK', metadata: {round}}],
    fields: {consecutiveFailures: round},
  });
  await store.usage.appendBatch([aUsageRecord(bench)]);
  const entry = {actor: name, action: 'write', subject: String(round), details: {}, correlationId: name};
  await store.audit.append(bench.scope, entry);
  slowestMs = Math.max(slowestMs, performance.now() - startedMs);
  if (round === 10) say({round});
}

say({organizationId: organization.id, instanceId: id, slowestMs: Math.round(slowestMs)});
