// Process: the clients. Told a job by the parent, keeps that many connections busy on bare sockets for that long, and
// sends back what it saw.
import {connect, type Socket} from 'node:net';
import type {LoadJob, LoadResult} from './protocol.ts';
import {quantile} from './statistics.ts';

const readBytes = 64 * 1024;
const chunkedEnd = Buffer.from('\r\n0\r\n\r\n');

process.on('message', (job: LoadJob) => {
  void runLoad(job).then(result => process.send?.(result));
});
process.once('disconnect', () => process.exit());

async function runLoad(job: LoadJob): Promise<LoadResult> {
  const clients = Array.from({length: job.connections}, () => new Client(job));
  const startedAtMs = performance.now();
  for (const [index, client] of clients.entries()) client.start((job.rampMs * index) / job.connections);
  await new Promise(resolve => setTimeout(resolve, job.rampMs + job.durationMs));
  await Promise.all(clients.map(client => client.finish()));
  const seconds = (performance.now() - startedAtMs) / 1000;
  const first = clients.flatMap(({firstByteMs}) => firstByteMs);
  const gaps = clients.flatMap(({gapMs}) => gapMs);
  return {
    requests: sum(clients.map(({done}) => done)),
    failed: sum(clients.map(({failed}) => failed)),
    firstFailure: clients.find(({failure}) => failure !== null)?.failure ?? null,
    seconds,
    firstByteMs: {p50: quantile(first, 0.5), p99: quantile(first, 0.99)},
    gapMs: {p50: quantile(gaps, 0.5), p99: quantile(gaps, 0.99)},
  };
}

/** One connection that sends its request again as soon as the answer is whole. */
class Client {
  readonly firstByteMs: number[] = [];
  readonly gapMs: number[] = [];
  done = 0;
  failed = 0;
  failure: string | null = null;
  private readonly job: LoadJob;
  private readonly request: Buffer;
  private readonly buffer = Buffer.allocUnsafeSlow(readBytes);
  private socket: Socket | null = null;
  private stopping: (() => void) | null = null;
  private busy = false;
  private sentAtMs = 0;
  private lastByteAtMs = 0;
  private headSeen = false;
  private ok = false;
  /** Bytes of body still to come; -1 for chunked coding, whose end is looked for in the tail. */
  private missingBytes = 0;
  private tail = Buffer.alloc(0);

  constructor(job: LoadJob) {
    this.job = job;
    this.request = Buffer.from(job.request);
  }

  start(delayMs: number): void {
    setTimeout(() => this.open(), delayMs);
  }

  /** Resolves when the request under way is answered. */
  async finish(): Promise<void> {
    await new Promise<void>(resolve => {
      this.stopping = resolve;
      if (!this.busy) resolve();
    });
    this.socket?.destroy();
  }

  private open(): void {
    const onread = {buffer: this.buffer, callback: (bytes: number) => this.read(this.buffer.subarray(0, bytes))};
    const socket = connect({port: this.job.port, host: '127.0.0.1', noDelay: true, onread}, () => this.send());
    socket.on('error', error => this.fail(error.message)).on('close', () => this.closed(socket));
    this.socket = socket;
  }

  private send(): void {
    this.busy = true;
    this.headSeen = false;
    this.sentAtMs = performance.now();
    this.socket?.write(this.request);
  }

  private read(chunk: Buffer): boolean {
    const nowMs = performance.now();
    if (this.headSeen) {
      this.gapMs.push(nowMs - this.lastByteAtMs);
      this.body(chunk);
    } else {
      this.head(chunk);
    }

    this.lastByteAtMs = nowMs;
    return true;
  }

  private head(chunk: Buffer): void {
    const headEnd = chunk.indexOf('\r\n\r\n');
    if (headEnd === -1) {
      this.fail('the head of the answer came in pieces');
      return;
    }

    const head = chunk.toString('latin1', 0, headEnd);
    this.ok = head.startsWith('HTTP/1.1 200');
    const length = /content-length: *(\d+)/i.exec(head)?.[1];
    this.missingBytes = length === undefined ? -1 : Number(length);
    this.tail = Buffer.alloc(0);
    this.headSeen = true;
    if (!this.ok) this.failure ??= chunk.toString('latin1').slice(0, 500);
    const body = chunk.subarray(headEnd + 4);
    // Some send the head alone as soon as they have it: the first byte of the answer is the first of its body.
    if (body.length > 0) this.body(body);
  }

  private body(chunk: Buffer): void {
    if (this.sentAtMs !== 0) this.firstByteMs.push(performance.now() - this.sentAtMs);
    this.sentAtMs = 0;
    if (this.missingBytes >= 0) {
      this.missingBytes -= chunk.length;
      if (this.missingBytes <= 0) this.complete();
      return;
    }

    const isWhole = chunk.length >= chunkedEnd.length;
    this.tail = Buffer.from((isWhole ? chunk : Buffer.concat([this.tail, chunk])).subarray(-chunkedEnd.length));
    if (this.tail.equals(chunkedEnd)) this.complete();
  }

  private complete(): void {
    this.busy = false;
    if (this.ok) this.done++;
    else this.failed++;
    if (this.stopping === null) this.send();
    else this.stopping();
  }

  private closed(socket: Socket): void {
    if (this.busy) this.fail('the connection was closed in the middle of an answer');
    if (this.stopping === null && socket === this.socket) this.start(10);
  }

  private fail(reason: string): void {
    if (this.stopping !== null && !this.busy) return;
    this.failed++;
    this.failure ??= reason;
    this.busy = false;
    this.socket?.destroy();
    this.stopping?.();
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
