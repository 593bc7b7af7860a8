import {canStartVms, startVm, type Vm} from '../support/vm/vm.ts';
import {type DrillCase, drillCases} from './cases.ts';
import {type DrillResult, drill, isRight} from './drill.ts';

/** `npm run drill:diagnosis [CODE...]`: every failure provoked on a machine of namespaces, and what it is taken for. */
const wanted = process.argv.slice(2);
if (canStartVms()) await main();
else {
  process.stderr.write('expected root on Linux, with leave to make namespaces and to mount.\n');
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const cases = drillCases.filter(({code}) => wanted.length === 0 || wanted.includes(code));
  await using vm = await startVm();
  let right = 0;
  const columns = (...cells: readonly string[]) =>
    `${cells.map((cell, index) => cell.padEnd([17, 36, 17, 17, 8][index] ?? 0)).join(' ')}\n`;
  process.stdout.write(columns('EXPECTED', 'PROVOKED BY', 'DIAGNOSED', 'AGENT', 'TOOK', 'EVIDENCE'));
  for (const each of cases) {
    const result = await drillOn(vm, each);
    if (isRight(result)) right += 1;
    const {expected, how, diagnosed, agent, tookMs, evidence} = result;
    const mark = isRight(result) ? '' : '  <-- WRONG';
    process.stdout.write(
      columns(expected, how, diagnosed ?? '-', agent ?? '-', `${tookMs} ms`, `${evidence.slice(0, 90)}${mark}`),
    );
  }

  process.stdout.write(`${right} of ${cases.length} failures provoked live were recognised.\n`);
  process.exitCode = right === cases.length ? 0 : 1;
}

/** What is decided when a machine is made takes a machine of its own. */
async function drillOn(usual: Vm, each: DrillCase): Promise<DrillResult> {
  if (each.scenario?.docker !== 'absent') return drill(usual, each);
  await using vm = await startVm({scenario: {docker: 'absent'}});
  return await drill(vm, each);
}
