import {spawn} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {connect, type Socket} from 'node:net';
import {join} from 'node:path';
import {ServeBench, secret} from '../serve/support/bench.ts';

/** `npm run drill:idle [-- CONNECTIONS]`: kept-alive connections that say nothing, and what they cost a serve. */
const [wanted = 10_000] = process.argv.slice(2).map(Number);
const port = 41_400 + (process.pid % 1000);
const atOnce = 200;
const head = `GET /v1/models HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${secret}\r\n\r\n`;

await using bench = await ServeBench.open();
await bench.addKey();
const serve = spawn(process.execPath, [join(import.meta.dirname, 'ledger-server.ts'), bench.directory, String(port)], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
await new Promise(resolve => serve.stdout.once('data', resolve));
const beforeMib = residentMib();
const aloneMs = await timed();
const sockets: Socket[] = [];
while (sockets.length < wanted)
  sockets.push(...(await Promise.all(Array.from({length: Math.min(atOnce, wanted - sockets.length)}, asked))));
const openMib = residentMib();
const crowdedMs = await timed();
const alive = sockets.filter(socket => !socket.destroyed).length;
console.log(`${alive} of ${wanted} connections answered once and are kept open`);
console.log(`memory of serve: ${beforeMib} MiB before, ${openMib} MiB with them`);
console.log(`a request beside them: ${crowdedMs.toFixed(1)} ms (alone ${aloneMs.toFixed(1)} ms), medians of 21`);
for (const socket of sockets) socket.destroy();
serve.kill('SIGKILL');
process.exitCode = alive === wanted ? 0 : 1;

/** A connection that has asked once and had its answer. */
function asked(): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(head));
    socket.once('data', () => resolve(socket)).once('error', reject);
  });
}

async function timed(): Promise<number> {
  const times: number[] = [];
  for (let left = 21; left > 0; left--) {
    const startedAtMs = performance.now();
    (await asked()).destroy();
    times.push(performance.now() - startedAtMs);
  }

  return times.toSorted((a, b) => a - b)[10] ?? 0;
}

function residentMib(): number {
  const status = readFileSync(`/proc/${serve.pid}/status`, 'utf8');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024);
}
