import {type ChildProcess, spawn} from 'node:child_process';
import {createServer} from 'node:net';
import {join} from 'node:path';
import {Pool} from 'undici';
import {freeRates} from '../../src/core/finops/token-price.ts';
import {aSpec} from '../contract/store/rows.ts';
import {ServeBench} from '../serve/support/bench.ts';
import {type EngineRecord, FakeVllm} from '../serve/support/fake-vllm.ts';
import {type AmountComparison, compareAmounts} from './ledger-amounts.ts';
import {fastModel, type Seen, sendRequest, slowModel} from './ledger-clients.ts';
import {type Comparison, compareLedger} from './ledger-comparison.ts';

export interface LedgerDrill {
  readonly requests: number;
  /** How often `serve` is killed with SIGKILL. */
  readonly kills: number;
  /** How often an engine dies under load, and comes back. */
  readonly crashes: number;
}

export interface DrillReport extends Comparison {
  readonly seen: Readonly<Record<Seen, number>>;
  readonly amounts: AmountComparison;
}

const lanes = 24;
const serverEntry = join(import.meta.dirname, 'ledger-server.ts');
const deathLingerMs = 1500;

/** Mixed requests with departures, retries, engines that die and a `serve` that is killed; then ledger against engines. */
export async function runLedgerDrill({requests, kills, crashes}: LedgerDrill): Promise<DrillReport> {
  await using bench = await ServeBench.open();
  await using engines = new Engines();
  await engines.start('first', fastModel, ['--output-len', '25']);
  await engines.start('second', fastModel, ['--output-len', '25']);
  await engines.start('slow', slowModel, ['--itl-ms', '3600000', '--jitter', '0', '--max-num-seqs', '256']);
  await bench.addKey();
  for (const {url, model} of engines.workers)
    await bench.addWorker(url, {spec: aSpec({modelHfId: model, servedModelName: model, maxModelLen: 32_768})});

  for (const model of [fastModel, slowModel]) await setPrice(bench, model, 400_000_001);
  await using serve = await KillableServe.start(bench.directory);
  const pool = new Pool(serve.url, {connections: lanes * 2, pipelining: 1});
  const seen: Record<Seen, number> = {completed: 0, refused: 0, left: 0, lost: 0};
  const plan: {at: number; trouble: () => Promise<void>}[] = [];
  const when = (part: number, trouble: () => Promise<void>) => plan.push({at: Math.floor(requests * part), trouble});
  for (let at = 1; at <= kills; at++) when((at - 0.25) / kills, () => serve.killAndRestart());
  for (let at = 1; at <= crashes; at++) {
    const name = at % 2 === 0 ? 'first' : 'second';
    when((at - 0.5) / crashes, () => engines.crash(name));
    when((at - 0.2) / crashes, () => engines.fail(name, {mode: 'queue_full', count: 5}));
    when((at - 0.1) / crashes, () => engines.fail(name, {mode: 'stream_error', count: 2, afterTokens: 3}));
  }

  when(0.4, () => setPrice(bench, fastModel, 700_000_003));

  let next = 0;
  const troubles: Promise<void>[] = [];
  const lane = async (): Promise<void> => {
    while (next < requests) {
      const number = next++;
      for (const {at, trouble} of plan) if (at === number) troubles.push(trouble());
      await serve.up;
      seen[await sendRequest(pool, number)]++;
    }
  };
  await Promise.all(Array.from({length: lanes}, lane));
  await Promise.all(troubles);
  await pool.destroy();
  await serve.stop();
  const lines = await bench.store.usage.list(bench.scope, {limit: 100_000});
  const histories = await Promise.all(
    [fastModel, slowModel].map(model => bench.store.prices.history(bench.scope, model)),
  );
  return {
    seen,
    ...compareLedger(lines, await engines.records()),
    amounts: compareAmounts(lines, histories.flat()),
  };
}

/** Odd rates, so that most amounts have to be rounded. */
async function setPrice(bench: ServeBench, modelHfId: string, inputPerMillionNanos: number): Promise<void> {
  const rates = {...freeRates, inputPerMillionNanos, outputPerMillionNanos: 1_600_000_007, perRequestNanos: 11};
  await bench.store.prices.add(bench.scope, {modelHfId, validFromMs: null, rates, setBy: 'drill'});
}

/** Engines with what those that died had on record. */
class Engines implements AsyncDisposable {
  private readonly running = new Map<
    string,
    {engine: FakeVllm; model: string; options: readonly string[]; up: boolean}
  >();
  private readonly buried: EngineRecord[] = [];

  get workers(): readonly {url: string; model: string}[] {
    return Array.from(this.running.values(), ({engine: {url}, model}) => ({url, model}));
  }

  async start(name: string, model: string, options: readonly string[]): Promise<void> {
    const engine = await FakeVllm.start(model, ['--disable-uvicorn-access-log', ...options]);
    const port = ['--port', new URL(engine.url).port];
    this.running.set(name, {engine, model, options: [...options, ...port], up: true});
  }

  async fail(name: string, fault: Parameters<FakeVllm['fail']>[0]): Promise<void> {
    const found = this.running.get(name);
    if (found?.up === true) await found.engine.fail(fault);
  }

  /** Dies with everything in flight; a new process takes its port. */
  async crash(name: string): Promise<void> {
    const found = this.running.get(name);
    if (found?.up !== true) return;
    found.up = false;
    await found.engine.fail({mode: 'die', lingerMs: deathLingerMs});
    this.buried.push(...(await found.engine.records()));
    await found.engine.ended();
    await this.start(name, found.model, found.options);
  }

  async records(): Promise<readonly EngineRecord[]> {
    const living = await Promise.all(Array.from(this.running.values(), ({engine}) => engine.records()));
    return [...this.buried, ...living.flat()];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(Array.from(this.running.values(), ({engine}) => engine[Symbol.asyncDispose]()));
  }
}

class KillableServe implements AsyncDisposable {
  readonly url: string;
  up: Promise<void> = Promise.resolve();
  private readonly directory: string;
  private child: ChildProcess | null = null;

  private constructor(directory: string, port: number) {
    this.directory = directory;
    this.url = `http://127.0.0.1:${port}`;
  }

  static async start(directory: string): Promise<KillableServe> {
    const serve = new KillableServe(directory, await freePort());
    await serve.spawn();
    return serve;
  }

  async killAndRestart(): Promise<void> {
    this.up = this.end('SIGKILL').then(() => this.spawn());
    await this.up;
  }

  async stop(): Promise<void> {
    await this.up;
    await this.end('SIGTERM');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGKILL');
  }

  private async spawn(): Promise<void> {
    const args = [serverEntry, this.directory, new URL(this.url).port];
    const child = spawn(process.execPath, args, {stdio: ['ignore', 'pipe', 'inherit']});
    this.child = child;
    await new Promise<void>((resolve, reject) => {
      child.stdout.once('data', () => resolve());
      child.once('exit', code => reject(new Error(`serve ended with ${code}`)));
    });
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const {child} = this;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise(resolve => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise(resolve => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
