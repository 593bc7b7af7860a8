import cluster, {type Worker} from 'node:cluster';
import type {EndedPage, EndedQuery} from '../../core/routing/ended-requests.ts';
import {joinEndedPages} from '../../core/routing/ended-requests.ts';
import type {RequestTrace} from '../../core/routing/request-trace.ts';
import type {ServeLog} from '../log.ts';
import {messageOf} from '../log.ts';
import type {MetricsJson} from '../metrics.ts';
import type {SnapshotRows} from '../snapshot/snapshot-rows.ts';
import type {DataPlaneStart} from './messages.ts';
import {toDataPlane} from './messages.ts';
import {Rpc} from './rpc.ts';

export interface FleetParts {
  readonly count: number;
  /** The program of a data-plane process, and its arguments. */
  readonly program: {readonly path: string; readonly args: readonly string[]};
  readonly start: Omit<DataPlaneStart, 'rows'>;
  readonly rows: () => SnapshotRows;
  /** What the process of this id may call; an id is never used again. */
  readonly calls: (processId: number) => ConstructorParameters<typeof Rpc>[1];
  /** A process ended without being told to: what it left in its journal is to be taken over. */
  readonly onCrash: (processId: number) => Promise<void>;
  readonly log: ServeLog;
}

const restartMinMs = 100;
const restartMaxMs = 30_000;
/** A process that lived this long was well: the next crash is a first one again. */
const wellAfterMs = 10_000;
const answerTimeoutMs = 2000;
const killAfterMs = 5000;

interface Member {
  readonly worker: Worker;
  readonly rpc: Rpc;
  readonly startedAtMs: number;
}

/** The data-plane processes: they share one listening socket, which this process holds; one that crashes is replaced. */
export class Fleet {
  private readonly parts: FleetParts;
  private readonly members = new Set<Member>();
  private readonly restarts = new Set<NodeJS.Timeout>();
  private crashesInRow = 0;
  private stopping = false;

  constructor(parts: FleetParts) {
    this.parts = parts;
    // Each process takes connections from the shared socket itself, when it can. Round robin hands them over by message:
    // one on its way to a process that dies is closed by nobody, and its client waits for ever.
    cluster.schedulingPolicy = cluster.SCHED_NONE;
    const {path, args} = parts.program;
    cluster.setupPrimary({exec: path, args: [...args], serialization: 'advanced'});
  }

  /** Resolves with the address once all listen. Throws what the first one met, such as `conflict` for a taken port. */
  async start(): Promise<{readonly host: string; readonly port: number}> {
    // The first alone: a port that is taken is told once. Port 0 is the same free port for all of them.
    const address = await this.add();
    await Promise.all(Array.from({length: this.parts.count - 1}, () => this.add()));
    return address;
  }

  push(rows: SnapshotRows): void {
    for (const {rpc} of this.members) rpc.tell(toDataPlane.rows, rows);
  }

  metrics(): Promise<readonly MetricsJson[]> {
    return this.askAll<MetricsJson>(toDataPlane.metrics);
  }

  async recentRequests(limit: number): Promise<readonly RequestTrace[]> {
    const all = (await this.askAll<readonly RequestTrace[]>(toDataPlane.recentRequests, {limit})).flat();
    return all.toSorted((a, b) => b.startedAtMs - a.startedAtMs || b.sequence - a.sequence).slice(0, limit);
  }

  async endedRequests(query: EndedQuery): Promise<EndedPage> {
    const living = new Set(Array.from(this.members, ({worker}) => pidOf(worker)));
    return joinEndedPages(await this.askAll<EndedPage>(toDataPlane.endedRequests, query), query, living);
  }

  async findRequest(id: string): Promise<RequestTrace | null> {
    const found = await this.askAll<RequestTrace | null>(toDataPlane.findRequest, id);
    return found.findLast(trace => trace !== null) ?? null;
  }

  /** Lets every process finish what it has, hand its usage over, and end; one that does not even drain is killed. */
  async stop(): Promise<void> {
    this.stopping = true;
    for (const timer of this.restarts) clearTimeout(timer);
    await Promise.all(
      Array.from(this.members, async ({worker, rpc}) => {
        const ended = new Promise<void>(resolve => worker.once('exit', () => resolve()));
        const kill = () => worker.kill('SIGKILL');
        let timer = setTimeout(kill, this.parts.start.drainTimeoutMs + killAfterMs);
        await rpc.call(toDataPlane.drain).catch((error: unknown) => {
          this.parts.log.error('data_plane_drain_failed', {process: pidOf(worker), reason: messageOf(error)});
        });
        clearTimeout(timer);
        worker.disconnect();
        timer = setTimeout(kill, killAfterMs);
        await ended;
        clearTimeout(timer);
      }),
    );
  }

  private async add(): Promise<{readonly host: string; readonly port: number}> {
    const worker = cluster.fork();
    const channel = {
      send: (message: Parameters<Worker['send']>[0]) => void worker.send(message),
      onMessage: (listener: (message: unknown) => void) => void worker.on('message', listener),
    };
    const member: Member = {worker, rpc: new Rpc(channel, this.parts.calls(worker.id)), startedAtMs: performance.now()};
    this.members.add(member);
    worker.on('error', () => {});
    worker.once('exit', (code, signal) => this.ended(member, signal ?? String(code)));
    try {
      const {start, rows} = this.parts;
      return await member.rpc.call(toDataPlane.start, {...start, rows: rows()});
    } catch (error) {
      worker.kill('SIGKILL');
      throw error;
    }
  }

  private ended(member: Member, how: string): void {
    this.members.delete(member);
    member.rpc.fail(new Error('the process ended'));
    if (this.stopping) return;
    const {log, onCrash} = this.parts;
    log.error('data_plane_crashed', {process: pidOf(member.worker), how});
    onCrash(member.worker.id).catch((error: unknown) =>
      log.error('journal_takeover_failed', {reason: messageOf(error)}),
    );
    this.crashesInRow = performance.now() - member.startedAtMs > wellAfterMs ? 1 : this.crashesInRow + 1;
    this.replace(Math.min(restartMaxMs, restartMinMs * 2 ** (this.crashesInRow - 1)));
  }

  private replace(afterMs: number): void {
    const timer = setTimeout(() => {
      this.restarts.delete(timer);
      // One that cannot start is killed, and comes back here by its end.
      this.add().catch((error: unknown) => {
        this.parts.log.error('data_plane_start_failed', {reason: messageOf(error)});
      });
    }, afterMs);
    this.restarts.add(timer);
  }

  /** Of those that answer in time: one that hangs must not hide the others. */
  private async askAll<T>(method: string, payload: unknown = null): Promise<readonly T[]> {
    const answers = await Promise.all(
      Array.from(this.members, async ({rpc}) => {
        const {promise, resolve} = Promise.withResolvers<{value: T} | null>();
        const timer = setTimeout(() => resolve(null), answerTimeoutMs);
        rpc.call<T>(method, payload).then(
          value => resolve({value}),
          () => resolve(null),
        );
        const answer = await promise;
        clearTimeout(timer);
        return answer;
      }),
    );
    return answers.flatMap(answer => (answer === null ? [] : [answer.value]));
  }
}

function pidOf(worker: Worker): number {
  return worker.process.pid ?? 0;
}
