import {type CrashKind, crashDrill, crashPointsOf, listEffects, movingPart} from './crash-drill.ts';
import type {Effect} from './crash-point.ts';
import {type Fault, type FaultBench, listFaults, openFaultBench} from './fault-drill.ts';
import type {Findings} from './findings.ts';
import {openMockSite} from './mock-site.ts';
import {lostRecordDrill, repeatDrill} from './repeat-drill.ts';
import {isClean, runDrills, runFreeDrills} from './run-drills.ts';
import {openScalewaySite} from './scaleway-site.ts';
import type {Course} from './site.ts';

/**
 * Kills the driving process between every effect and its record, repeats every step, fails every call, and counts what that
 * leaves behind. Exit status 1 when it leaves anything. Arguments: `scaleway` for the fake Scaleway account in place of the
 * mock cloud, then names of the parts to run; VERBOSE=1 tells every drill.
 */

/** Drills wait a lot: on two cores, four at a time keep both busy. */
const drillsAtOnce = 4;
const faultsAtOnce = 3;
/** A call that is never answered costs its caller's patience and nothing else. */
const timeoutsAtOnce = 3;
/** The first power-on is the last effect that a rollback can meet half-done; later ones are rolled back like it. */
const rollbackUntil = 'provider powerOn';

const [provider, ...wanted] =
  process.argv[2] === 'scaleway' ? process.argv.slice(2) : ['mock', ...process.argv.slice(2)];
const openSite = provider === 'scaleway' ? openScalewaySite : openMockSite;

const crashParts: Record<string, () => Promise<Findings[]>> = {
  up: () => crashes('up', up),
  rollback: () => crashes('rollback', up.slice(0, up.findIndex(effect => effect.name === rollbackUntil) + 1)),
  down: () => crashes('down', down),
  move: async () => {
    const effects = movingPart((await listEffects(openSite, 'move')).up);
    return [...(await crashes('up', effects, 'move')), ...(await crashes('rollback', effects, 'move'))];
  },
};

/** What happens on the machines, and faults of the mock cloud; those of Scaleway have a sweep of their own. */
const mockParts: Record<string, () => Promise<Findings[]>> = {
  repeat: () => runFreeDrills([repeatDrill, lostRecordDrill], drillsAtOnce, tell),
  fault: async () => {
    const faults = await listFaults();
    const slow = faults.filter(({kind}) => kind === 'timeout');
    const quick = faults.filter(({kind}) => kind !== 'timeout');
    return (await Promise.all([failing(slow, timeoutsAtOnce), failing(quick, faultsAtOnce)])).flat();
  },
};

const startedMs = performance.now();
const {up, down} = await listEffects(openSite);
print(`effects: ${up.length} in up, ${down.length} in down; a kill before, during and after each`);
const found: Record<string, Findings[]> = {};
const parts = provider === 'scaleway' ? crashParts : {...crashParts, ...mockParts};
for (const [name, run] of Object.entries(parts)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const findings = await run();
  found[name] = findings;
  print(
    `${name.padEnd(9)}${String(findings.length).padStart(4)} points  ${sum(findings, 'leaked')} leaked  ${sum(findings, 'doubled')} doubled  ${sum(findings, 'unsettled')} not settled`,
  );
}

const all = Object.values(found).flat();
const missed = all.filter(({reached}) => !reached);
print('');
print(`points tried           ${all.length}`);
print(`not reached in time    ${missed.length}${missed.map(({title}) => `\n  ${title}`).join('')}`);
print(`leaked resources       ${sum(all, 'leaked')}`);
print(`doubled resources      ${sum(all, 'doubled')}`);
if (provider === 'scaleway') print(`foreign touched        ${sum(all, 'touched')}`);
print(`instances not settled  ${sum(all, 'unsettled')}`);
print(`time                   ${Math.round((performance.now() - startedMs) / 1000)} s`);
process.exitCode = all.length > 0 && all.every(isClean) ? 0 : 1;

function crashes(kind: CrashKind, effects: readonly Effect[], course: Course = 'plain'): Promise<Findings[]> {
  return runFreeDrills(
    crashPointsOf(effects).map(point => () => crashDrill(openSite, kind, point, course)),
    drillsAtOnce,
    tell,
  );
}

function failing(faults: readonly Fault[], atOnce: number): Promise<Findings[]> {
  const drills = faults.map(fault => (bench: FaultBench) => bench.drill(fault));
  const closeBench = async (bench: FaultBench) => {
    await using closing = bench;
    const last = await closing.close();
    return isClean(last) ? null : last;
  };
  return runDrills(drills, {atOnce, openBench: openFaultBench, closeBench}, tell);
}

function tell(findings: Findings): void {
  const {title, leaked, doubled, unsettled, touched = []} = findings;
  for (const what of leaked) print(`LEAKED ${title}: ${what}`);
  for (const what of doubled) print(`DOUBLED ${title}: ${what}`);
  for (const what of touched) print(`TOUCHED ${title}: ${what}`);
  for (const what of unsettled) print(`NOT SETTLED ${title}: ${what}`);
  if (process.env.VERBOSE && isClean(findings)) print(`well   ${title}`);
}

function sum(findings: readonly Findings[], what: 'leaked' | 'doubled' | 'unsettled' | 'touched'): number {
  return findings.reduce((total, each) => total + (each[what] ?? []).length, 0);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
