// `npm run soak`: mixed load with aborts on one server for minutes; prints what must not grow. Exit status 1 when it does.
import type {ChildProcess} from 'node:child_process';
import {mkdtempSync, readdirSync, rmSync} from 'node:fs';
import {connect} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import {embeddingBody, requestBody} from './proxy/payloads.ts';
import {nextMessage, readUse, startOn, stop} from './proxy/processes.ts';
import {median} from './proxy/statistics.ts';

const {values} = parseArgs({
  options: {
    minutes: {type: 'string', default: '10'},
    clients: {type: 'string', default: '40'},
    json: {type: 'boolean', default: false},
  },
});

interface Sample {
  readonly seconds: number;
  readonly requests: number;
  readonly aborted: number;
  readonly rssMb: number;
  readonly heapMb: number;
  readonly resources: number;
  readonly files: number;
  readonly inFlight: number;
  readonly queued: number;
}

const samplesWanted = 40;
/** More than this between the second and the last third is growth. */
const growthMax = {rssMb: 24, heapMb: 12, resources: 60, files: 60};
const thinkMsMax = 40;

const chat = '/v1/chat/completions';
const kinds = [
  {path: chat, body: requestBody({stream: true, paceMs: 0, promptBytes: 300}), abortShare: 0.1},
  {path: chat, body: requestBody({stream: true, paceMs: 2, promptBytes: 300}), abortShare: 0.4},
  {path: chat, body: requestBody({stream: false, paceMs: 0, promptBytes: 60_000}), abortShare: 0.1},
  {path: '/v1/embeddings', body: embeddingBody, abortShare: 0},
  // Refused before any worker is asked.
  {path: chat, body: '{"model": 1}', abortShare: 0},
] as const;

const scratch = mkdtempSync(join(tmpdir(), 'inventiv-soak-'));
const children: ChildProcess[] = [];
const totals = {requests: 0, aborted: 0};
let running = true;
try {
  process.exitCode = await main();
} finally {
  running = false;
  await Promise.all(children.toReversed().map(stop));
  rmSync(scratch, {recursive: true, force: true});
}

async function main(): Promise<number> {
  const program = (file: string, ...args: string[]): ChildProcess => {
    const command = [process.execPath, join(import.meta.dirname, 'proxy', file), ...args];
    const child = startOn(null, command, {stdio: ['ignore', 'inherit', 'inherit', 'ipc']});
    children.push(child);
    return child;
  };
  const {port: upstream} = await nextMessage<{port: number}>(program('upstream.ts'));
  const server = program('inventiv-server.ts', scratch, String(upstream));
  const {port, adminPort, key} = await nextMessage<{port: number; adminPort: number; key: string}>(server);
  const clients = Array.from({length: Number(values.clients)}, () => client(port, key));
  const samples: Sample[] = [];
  const everyMs = (Number(values.minutes) * 60_000) / samplesWanted;
  const startedAtMs = performance.now();
  for (let count = 0; count < samplesWanted; count++) {
    await new Promise(resolve => setTimeout(resolve, everyMs));
    const sample = await look(server.pid ?? 0, adminPort, (performance.now() - startedAtMs) / 1000);
    samples.push(sample);
    print(sample, count === 0);
  }

  running = false;
  await Promise.all(clients);
  return judge(samples);
}

/** One request after the other, each on a connection of its own half of the time. */
async function client(port: number, key: string): Promise<void> {
  while (running) {
    const kind = kinds[Math.floor(Math.random() * kinds.length)] ?? kinds[0];
    const aborts = Math.random() < kind.abortShare;
    await exchange(port, key, kind, aborts);
    totals.requests++;
    if (aborts) totals.aborted++;
    await new Promise(resolve => setTimeout(resolve, Math.random() * thinkMsMax));
  }
}

async function exchange(
  port: number,
  key: string,
  {path, body}: {path: string; body: string},
  aborts: boolean,
): Promise<void> {
  const head = `POST ${path} HTTP/1.1\r\nhost: soak\r\nauthorization: Bearer ${key}\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`;
  await new Promise<void>(resolve => {
    const socket = connect({port, host: '127.0.0.1'}, () => socket.write(head + body));
    socket.resume();
    socket.on('error', () => {});
    socket.once('close', () => resolve());
    if (aborts) setTimeout(() => socket.destroy(), Math.random() * 300);
  });
}

async function look(pid: number, adminPort: number, seconds: number): Promise<Sample> {
  const text = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text();
  const gauge = (name: string) =>
    Array.from(text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm')), ([, value]) =>
      Number(value),
    ).reduce((sum, value) => sum + value, 0);
  return {
    seconds: Math.round(seconds),
    ...totals,
    rssMb: readUse(pid).rssMb,
    heapMb: gauge('nodejs_heap_size_used_bytes') / 2 ** 20,
    resources: gauge('nodejs_active_resources'),
    files: readdirSync(`/proc/${pid}/fd`).length,
    inFlight: gauge('inventiv_proxy_in_flight_requests'),
    queued: gauge('inventiv_usage_queue_records'),
  };
}

function print(sample: Sample, first: boolean): void {
  if (values.json) {
    console.log(JSON.stringify(sample));
    return;
  }

  if (first)
    console.log(
      Object.keys(sample)
        .map(name => name.padStart(9))
        .join(' '),
    );
  console.log(
    Object.values(sample)
      .map(value => String(Math.round(value)).padStart(9))
      .join(' '),
  );
}

function judge(samples: readonly Sample[]): number {
  // The first third is warm-up: code is compiled, pools fill, and memory reaches what the peaks of the load need.
  const settled = samples.slice(Math.ceil(samples.length / 3));
  const half = Math.floor(settled.length / 2);
  let grown = 0;
  for (const [name, max] of Object.entries(growthMax) as [keyof typeof growthMax, number][]) {
    const early = median(settled.slice(0, half).map(sample => sample[name]));
    const late = median(settled.slice(-half).map(sample => sample[name]));
    const isGrowth = late - early > max;
    if (isGrowth) grown++;
    const verdict = isGrowth ? 'GROWS' : 'steady';
    if (!values.json)
      console.log(`${name}: ${early.toFixed(1)} in the second third, ${late.toFixed(1)} in the last: ${verdict}`);
  }

  return grown === 0 ? 0 : 1;
}
