// `npm run drill:bootstrap`: a bootstrap is cut off in each phase, by each fault, and continued.
import {faults, interrupt, measurePhases, phases, startDrillMachine} from './interruptions.ts';

const only = process.argv[2];
const drill = await startDrillMachine();
await using machine = drill.machine;
const durations = await measurePhases(machine);
console.log('phase      fault   in phase  ready  done twice  machine clean after  continued in');
let failed = 0;
for (const phase of phases) {
  for (const fault of faults) {
    if (only !== undefined && phase !== only) continue;
    const afterMs = Math.round((durations.get(phase) ?? 0) / 2);
    const outcome = await interrupt(drill, {phase, fault, afterMs}).catch((error: unknown) => error);
    if (outcome instanceof Error) {
      failed++;
      console.log(`${phase.padEnd(10)} ${fault.padEnd(7)} FAILED: ${outcome.message}`);
      await machine.uninstall();
      continue;
    }

    const {hit, ready, doubled, clean, continuedMs} = outcome as Awaited<ReturnType<typeof interrupt>>;
    if (!ready || doubled.length > 0 || !clean) failed++;
    const cells = [
      phase.padEnd(10),
      fault.padEnd(7),
      (hit ? 'yes' : 'after').padEnd(9),
      (ready ? 'yes' : 'NO').padEnd(6),
      (doubled.join(', ') || 'nothing').padEnd(11),
      (clean ? 'yes' : 'NO').padEnd(20),
      `${(continuedMs / 1000).toFixed(1)} s`,
    ];
    console.log(cells.join(' '));
  }
}

console.log(failed === 0 ? 'every bootstrap ended ready' : `${failed} did not end as they must`);
process.exitCode = failed === 0 ? 0 : 1;
