import type {Findings} from './findings.ts';

export type Drill<Bench> = (bench: Bench) => Promise<Findings>;

const missesRetried = 2;

/** Runs drills side by side, `atOnce` at a time, each worker on a bench of its own. */
export async function runDrills<Bench>(
  drills: readonly Drill<Bench>[],
  {
    atOnce,
    openBench,
    closeBench,
  }: {atOnce: number; openBench: () => Promise<Bench>; closeBench: (bench: Bench) => Promise<Findings | null>},
  report: (findings: Findings) => void,
): Promise<Findings[]> {
  const waiting = [...drills];
  const all: Findings[] = [];
  const keep = (findings: Findings) => {
    all.push(findings);
    report(findings);
  };
  const workers = Array.from({length: Math.min(atOnce, drills.length)}, async () => {
    const bench = await openBench();
    for (let drill = waiting.shift(); drill !== undefined; drill = waiting.shift()) keep(await run(drill, bench));
    const last = await closeBench(bench);
    if (last !== null) keep(last);
  });
  await Promise.all(workers);
  return all;
}

/** Drills that bring everything they need. */
export function runFreeDrills(
  drills: readonly (() => Promise<Findings>)[],
  atOnce: number,
  report: (findings: Findings) => void,
): Promise<Findings[]> {
  return runDrills<null>(drills, {atOnce, openBench: async () => null, closeBench: async () => null}, report);
}

/** A moment that depends on timing is tried again; a drill that throws is a finding. */
async function run<Bench>(drill: Drill<Bench>, bench: Bench): Promise<Findings> {
  for (let miss = 0; ; miss++) {
    const findings = await drill(bench).catch(broken);
    if (findings.reached || miss === missesRetried || !isClean(findings)) return findings;
  }
}

export function isClean({leaked, doubled, unsettled, touched = []}: Findings): boolean {
  return leaked.length + doubled.length + unsettled.length + touched.length === 0;
}

function broken(error: unknown): Findings {
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {title: 'a drill broke', reached: true, leaked: [], doubled: [], unsettled: [what]};
}
