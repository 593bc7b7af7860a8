import type {LoadResult} from './protocol.ts';
import type {Scenario} from './scenarios.ts';
import {median} from './statistics.ts';
import type {TargetName} from './targets.ts';

/** One run of one scenario against one target. */
export interface Sample extends LoadResult {
  readonly scenario: string;
  readonly target: TargetName;
  readonly cpuSeconds: number;
  /** Highest during the run, and before it. */
  readonly rssMb: number;
  readonly rssBeforeMb: number;
}

const columns = ['target', 'req/s', 'x haproxy', 'CPU ms/req', 'x haproxy', 'first byte ms', 'gap ms', 'RSS MB'];
const widths = [10, 18, 10, 20, 10, 20, 20, 12];

/**
 * One table: medians over the rounds, least and most in brackets. First byte and gap are p50/p99, what they are above the
 * upstream alone behind a plus.
 */
export function printScenario(scenario: Scenario, samples: readonly Sample[]): void {
  console.log(`\n${scenario.name}: ${scenario.says}`);
  console.log(row(columns));
  const byTarget = Map.groupBy(samples, ({target}) => target);
  const limit = byTarget.get('haproxy');
  const direct = byTarget.get('direct');
  for (const [target, runs] of byTarget) {
    const cells = [
      target,
      spread(runs.map(rate), 0),
      ratio(runs, limit, rate),
      target === 'direct' ? '' : spread(runs.map(cpuMs), 3),
      target === 'direct' ? '' : ratio(runs, limit, cpuMs),
      added(runs, target === 'direct' ? undefined : direct, run => run.firstByteMs),
      scenario.paced ? added(runs, target === 'direct' ? undefined : direct, run => run.gapMs) : '',
      target === 'direct' ? '' : memory(runs),
    ];
    console.log(row(cells));
    const failed = runs.reduce((total, run) => total + run.failed, 0);
    if (failed > 0) console.log(`  ${failed} FAILED: ${runs.find(run => run.firstFailure)?.firstFailure}`);
  }
}

function rate(run: Sample): number {
  return run.requests / run.seconds;
}

function cpuMs(run: Sample): number {
  return (run.cpuSeconds * 1000) / run.requests;
}

function ratio(runs: readonly Sample[], base: readonly Sample[] | undefined, of: (run: Sample) => number): string {
  return base === undefined ? '' : (median(runs.map(of)) / median(base.map(of))).toFixed(2);
}

function added(
  runs: readonly Sample[],
  direct: readonly Sample[] | undefined,
  of: (run: Sample) => {p50: number; p99: number},
): string {
  const [p50, p99] = (['p50', 'p99'] as const).map(share => {
    const own = median(runs.map(run => of(run)[share]));
    return direct === undefined ? own.toFixed(2) : signed(own - median(direct.map(run => of(run)[share])));
  });
  return `${p50} / ${p99}`;
}

function signed(value: number): string {
  return `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(2)}`;
}

function memory(runs: readonly Sample[]): string {
  return Math.max(...runs.map(run => run.rssMb)).toFixed(0);
}

function spread(values: readonly number[], digits: number): string {
  const [least, middle, most] = [Math.min(...values), median(values), Math.max(...values)].map(value =>
    value.toFixed(digits),
  );
  return `${middle} [${least}-${most}]`;
}

function row(cells: readonly string[]): string {
  return cells.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join(' ');
}
