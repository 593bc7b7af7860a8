import {type ChildProcess, spawn} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {Agent, request} from 'node:http';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {readOrCreateKeyFile} from '../../src/adapters/secrets/key-file.ts';
import {hmacHasher} from '../../src/adapters/secrets/secret-box.ts';
import {openSqliteStore} from '../../src/adapters/store/open-sqlite-store.ts';
import {packageRoot} from '../../src/adapters/system/package-root.ts';
import {randomIds} from '../../src/adapters/system/random-ids.ts';
import {systemClock} from '../../src/adapters/system/system-clock.ts';
import {anInstance} from '../contract/store/rows.ts';

/**
 * `npm run bench:heartbeats [workers] [seconds]`: fake workers that enrol and beat every five seconds, each in its own
 * rhythm, against one real `serve` process on a real store. Prints what the process used, how long a heartbeat took, and
 * whether every acknowledged one is in the store.
 */
const workers = Number(process.argv[2] ?? 1000);
const seconds = Number(process.argv[3] ?? 60);
if (!(workers >= 1 && seconds >= 5)) throw new Error('expected: bench:heartbeats [workers] [seconds, from 5]');

const intervalMs = 5000;
const aims = {p50Ms: 20, p99Ms: 250, cpuPercent: 60, memoryMib: 400};
/** `USER_HZ`: the unit of CPU times in /proc, 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;
const payload = JSON.parse(
  readFileSync(join(packageRoot(), 'test/fixtures/agent-protocol/heartbeat-v2-full.json'), 'utf8'),
) as object;
const agent = new Agent({keepAlive: true, maxSockets: 256});

const stateDir = mkdtempSync(join(tmpdir(), 'inventiv-heartbeats-'));
const clock = systemClock();
const store = await openSqliteStore({
  path: join(stateDir, 'inventiv.db'),
  migrationsDir: join(packageRoot(), 'migrations'),
  clock,
  ids: randomIds(clock),
});
let serve: ChildProcess | null = null;
try {
  const instanceIds = await seedWorkers();
  const started = await startServe();
  serve = started.child;
  process.exitCode = report(await beatAll(instanceIds, started));
} finally {
  serve?.kill('SIGTERM');
  agent.destroy();
  await store[Symbol.asyncDispose]();
  rmSync(stateDir, {recursive: true, force: true});
}

interface Measured {
  readonly latenciesMs: readonly number[];
  readonly sent: number;
  readonly acknowledged: number;
  readonly kept: number;
  readonly cpuPercent: number;
  readonly memoryMib: number;
}

/** Instances that are ready, each with a one-time secret, as a bootstrap leaves them. */
async function seedWorkers(): Promise<readonly string[]> {
  const {organization, user} = await store.organizations.ensureDefault({userName: 'bench'});
  const hasher = hmacHasher(() => readOrCreateKeyFile(join(stateDir, 'secret.key')));
  const source = {ids: randomIds(clock), clock, scope: {organizationId: organization.id}, userId: user.id};
  const ids: string[] = [];
  for (let index = 0; index < workers; index++) {
    const instance = anInstance(source, {name: `worker-${index}`, state: 'ready', readyAtMs: clock.nowMs()});
    await store.instances.create({instance, resources: [], actions: [], reason: 'bench'});
    await store.workers.saveEnrolment(instance.id, hasher.hash(secretOf(instance.id)));
    ids.push(instance.id);
  }

  return ids;
}

async function startServe(): Promise<{child: ChildProcess; url: string}> {
  const child = spawn(process.execPath, ['bin/run.js', 'serve', '--port', '0', '--admin-port', '0', '--json'], {
    cwd: packageRoot(),
    env: {...process.env, INVENTIV_STATE_DIR: stateDir, HOME: stateDir},
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let text = '';
  for await (const line of createInterface({input: child.stdout})) {
    text += line;
    if (line === '}') break;
  }

  const {openaiUrl} = JSON.parse(text) as {openaiUrl: string};
  return {child, url: openaiUrl.replace(/\/v1$/, '')};
}

async function beatAll(instanceIds: readonly string[], {child, url}: {child: ChildProcess; url: string}) {
  const tokens = new Map<string, string>();
  for (const id of instanceIds) {
    const answer = await post(`${url}/api/worker/v1/register`, '', {
      ...{protocol: 2, instance_id: id, worker_id: id, boot_id: `boot-${id}`, enrolment_secret: secretOf(id)},
    });
    tokens.set(id, String(answer.body.token));
  }

  const latenciesMs: number[] = [];
  let sent = 0;
  let acknowledged = 0;
  const pid = child.pid ?? 0;
  const cpuBefore = cpuTicks(pid);
  const startedAtMs = performance.now();
  const endsAtMs = startedAtMs + seconds * 1000;
  let memoryMib = 0;
  const watching = setInterval(() => {
    memoryMib = Math.max(memoryMib, residentMib(pid));
  }, 500);
  await Promise.all(
    instanceIds.map(async (id, index) => {
      await clock.sleep((index / instanceIds.length) * intervalMs);
      for (let seq = 1; performance.now() < endsAtMs; seq++) {
        const beganAtMs = performance.now();
        const beat = {...payload, instance_id: id, boot_id: `boot-${id}`, seq};
        sent += 1;
        const {status} = await post(`${url}/api/worker/v1/heartbeat`, tokens.get(id) ?? '', beat);
        const tookMs = performance.now() - beganAtMs;
        if (status === 200) acknowledged += 1;
        latenciesMs.push(tookMs);
        await clock.sleep(Math.max(0, intervalMs - tookMs));
      }
    }),
  );
  clearInterval(watching);
  const wallS = (performance.now() - startedAtMs) / 1000;
  const cpuPercent = ((cpuTicks(pid) - cpuBefore) / ticksPerSecond / wallS) * 100;
  return {latenciesMs, sent, acknowledged, kept: await countKept(instanceIds), cpuPercent, memoryMib};
}

/** Sequences begin at 1 and grow by one: the last that the store has of each worker is how many it took. */
async function countKept(instanceIds: readonly string[]): Promise<number> {
  const samples = await store.workers.latestSamples(instanceIds);
  return samples.reduce((sum, {payload: text}) => sum + (JSON.parse(text) as {seq: number}).seq, 0);
}

function report({latenciesMs, sent, acknowledged, kept, cpuPercent, memoryMib}: Measured): number {
  const p50Ms = quantile(latenciesMs, 0.5);
  const p99Ms = quantile(latenciesMs, 0.99);
  const lost = sent - Math.min(acknowledged, kept);
  const rows: readonly (readonly [string, string, string, boolean])[] = [
    ['heartbeats lost', `${lost} of ${sent}`, '0', lost === 0],
    ['latency p50', `${p50Ms.toFixed(1)} ms`, `<= ${aims.p50Ms} ms`, p50Ms <= aims.p50Ms],
    ['latency p99', `${p99Ms.toFixed(1)} ms`, `<= ${aims.p99Ms} ms`, p99Ms <= aims.p99Ms],
    ['CPU of serve', `${cpuPercent.toFixed(1)} %`, `<= ${aims.cpuPercent} % of a core`, cpuPercent <= aims.cpuPercent],
    ['memory of serve', `${memoryMib.toFixed(0)} MiB`, `<= ${aims.memoryMib} MiB`, memoryMib <= aims.memoryMib],
  ];
  console.log(`${workers} workers, one heartbeat each ${intervalMs / 1000} s, ${seconds} s, one serve process`);
  for (const [what, value, aim, isMet] of rows) {
    console.log(`${what.padEnd(18)}${value.padStart(18)}   ${aim.padEnd(20)} ${isMet ? 'met' : 'MISSED'}`);
  }

  return rows.every(([, , , isMet]) => isMet) ? 0 : 1;
}

function post(url: string, token: string, body: object): Promise<{status: number; body: Record<string, unknown>}> {
  const text = JSON.stringify(body);
  const {promise, resolve, reject} = Promise.withResolvers<{status: number; body: Record<string, unknown>}>();
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    ...(token === '' ? {} : {authorization: `Bearer ${token}`}),
  };
  const outgoing = request(url, {method: 'POST', agent, headers}, response => {
    let answer = '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      answer += chunk;
    });
    response.on('end', () =>
      resolve({status: response.statusCode ?? 0, body: JSON.parse(answer) as Record<string, unknown>}),
    );
  });
  outgoing.on('error', reject);
  outgoing.end(text);
  return promise;
}

function secretOf(instanceId: string): string {
  return `bench-enrolment-secret-${instanceId}`;
}

function cpuTicks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return Number(fields[11]) + Number(fields[12]);
}

function residentMib(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
