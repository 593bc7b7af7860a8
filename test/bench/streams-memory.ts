// `npm run bench:streams-memory`: what open streams cost in memory. Resident memory of one `serve` with everything on, at
// rest and with so many streams open; after a round that compiles the code and fills the pools.
import type {ChildProcess} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {connect, type Socket} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {requestBody} from './proxy/payloads.ts';
import {nextMessage, readUse, startOn, stop} from './proxy/processes.ts';

/** 200 tokens, ten each second: all are open when the last one begins. */
const paceMs = 100;
const rampMsPerStream = 2;
const settleMs = 3000;
const counts = [50, 200, 1000];

const scratch = mkdtempSync(join(tmpdir(), 'inventiv-streams-memory-'));
const children: ChildProcess[] = [];
try {
  await main();
} finally {
  await Promise.all(children.toReversed().map(stop));
  rmSync(scratch, {recursive: true, force: true});
}

async function main(): Promise<void> {
  const {port: upstream} = await nextMessage<{port: number}>(program('upstream.ts'));
  const server = program('inventiv-server.ts', scratch, String(upstream));
  const {port, key} = await nextMessage<{port: number; key: string}>(server);
  const rssMb = () => readUse(server.pid ?? 0).rssMb;
  await close(await open(50, port, key));
  await pass(settleMs);
  const restMb = rssMb();
  console.log(`at rest            ${restMb.toFixed(0)} MB`);
  for (const count of counts) {
    const streams = await open(count, port, key);
    await pass(settleMs);
    const aboveMb = rssMb() - restMb;
    const perStreamKb = (aboveMb * 1024) / count;
    console.log(
      `${String(count).padStart(4)} streams  +${aboveMb.toFixed(0).padStart(7)} MB   ${perStreamKb.toFixed(0)} KB each`,
    );
    await close(streams);
  }
}

function program(file: string, ...args: string[]): ChildProcess {
  const command = [process.execPath, join(import.meta.dirname, 'proxy', file), ...args];
  const child = startOn(null, command, {stdio: ['ignore', 'inherit', 'inherit', 'ipc']});
  children.push(child);
  return child;
}

/** Each has its first bytes when this resolves. */
async function open(count: number, port: number, key: string): Promise<readonly Socket[]> {
  const body = requestBody({stream: true, paceMs, promptBytes: 300});
  const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer ${key}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`;
  const begun: Promise<void>[] = [];
  const streams: Socket[] = [];
  for (let number = 0; number < count; number++) {
    const socket = connect({port, host: '127.0.0.1'}, () => socket.write(head + body));
    begun.push(new Promise((resolve, reject) => void socket.once('data', () => resolve()).once('error', reject)));
    streams.push(socket.resume());
    await pass(rampMsPerStream);
  }

  await Promise.all(begun);
  return streams;
}

async function close(streams: readonly Socket[]): Promise<void> {
  for (const stream of streams) stream.destroy();
  await pass(settleMs);
}

function pass(durationMs: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, durationMs));
}
