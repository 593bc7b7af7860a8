import {spawn} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {loadavg, tmpdir} from 'node:os';
import {join} from 'node:path';

/**
 * How long a command line takes from start to end, as a ratio to `node -e 0` of the same run: machines differ, ratios
 * hardly. All cases are mixed in random order, so that a busy moment of the machine hits them alike.
 */
interface Case {
  readonly name: string;
  readonly args: readonly string[];
  /** Aim, as a multiple of `node -e 0`. */
  readonly ratioMax: number | null;
}

const bin = join(import.meta.dirname, '..', '..', 'bin', 'run.js');
const cases: readonly Case[] = [
  {name: 'node -e 0', args: ['-e', '0'], ratioMax: null},
  {name: '--version', args: [bin, '--version'], ratioMax: 2.5},
  {name: '--help', args: [bin, '--help'], ratioMax: null},
  {name: 'ps', args: [bin, 'ps'], ratioMax: 5},
];
const roundsDefault = 30;
/** The first runs fill the page cache and the compile cache, and make the store. */
const warmUpRounds = 3;

const rounds = Number(process.argv[2] ?? roundsDefault);
if (!(rounds >= 1)) throw new Error(`expected a number of rounds, got ${process.argv[2]}`);
const stateDir = mkdtempSync(join(tmpdir(), 'inventiv-bench-'));
try {
  process.exitCode = report(await measure());
} finally {
  rmSync(stateDir, {recursive: true});
}

async function measure(): Promise<Map<Case, number[]>> {
  const times = new Map<Case, number[]>(cases.map(each => [each, []]));
  for (let round = 0; round < warmUpRounds + rounds; round++) {
    for (const each of cases.toSorted(() => Math.random() - 0.5)) {
      const ms = await wallTimeMs(each);
      if (round >= warmUpRounds) times.get(each)?.push(ms);
    }
  }

  return times;
}

async function wallTimeMs({name, args}: Case): Promise<number> {
  const startedAtMs = performance.now();
  const child = spawn(process.execPath, args, {
    stdio: 'ignore',
    env: {...process.env, INVENTIV_STATE_DIR: stateDir, HOME: stateDir, NODE_COMPILE_CACHE: undefined},
  });
  const {promise, resolve, reject} = Promise.withResolvers<number | null>();
  child.once('error', reject).once('exit', resolve);
  const exitCode = await promise;
  if (exitCode !== 0) throw new Error(`"${name}" ended with ${exitCode}`);
  return performance.now() - startedAtMs;
}

/** Prints the table; the exit status tells whether the aims are met. */
function report(times: ReadonlyMap<Case, readonly number[]>): number {
  const baseMs = median(times.get(cases[0] as Case) ?? []);
  console.log(`node ${process.version}, ${rounds} runs each, load ${loadavg()[0]?.toFixed(1)}`);
  console.log(
    `${'case'.padEnd(12)}${'median ms'.padStart(11)}${'p10'.padStart(8)}${'p90'.padStart(8)}${'ratio'.padStart(8)}   aim`,
  );
  let missed = 0;
  for (const [{name, ratioMax}, ms] of times) {
    const ratio = median(ms) / baseMs;
    const isMet = ratioMax === null || ratio <= ratioMax;
    if (!isMet) missed += 1;
    const columns = [median(ms), quantile(ms, 0.1), quantile(ms, 0.9)].map((value, index) =>
      value.toFixed(1).padStart(index === 0 ? 11 : 8),
    );
    const aim = ratioMax === null ? '' : `<= ${ratioMax.toFixed(1)}  ${isMet ? 'met' : 'MISSED'}`;
    console.log(`${name.padEnd(12)}${columns.join('')}${ratio.toFixed(2).padStart(8)}   ${aim}`);
  }

  return missed === 0 ? 0 : 1;
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Linear between the two nearest ranks. */
function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  const above = sorted[Math.ceil(at)] ?? Number.NaN;
  return below + (above - below) * (at - Math.floor(at));
}
