import type {Outcome} from './bench.ts';
import {listTasks, type SweptCell, sweep} from './sweep.ts';

/**
 * Fails every call of `up` and `down` on a fake Scaleway account in every way it can, and prints what came of it. Exit
 * status 1 when a cell does not end in a ready instance or in an empty account with a clear message. Arguments: words that
 * a call or a fault must contain; VERBOSE=1 prints what the user is told.
 */
/** One thread does it all; several at once fill the time in which answers are waited for. */
const cellsAtOnce = 4;
const marks: Record<Outcome, string> = {ready: '+', moved: '>', ended: '-', refused: 'x', bad: 'BAD'};

const words = process.argv.slice(2);
const startedMs = performance.now();
const all = await listTasks();
const tasks = all.filter(({call, fault, phase}) =>
  words.every(word => `${phase} ${call} ${fault.name}`.includes(word)),
);
const cells = await sweep(tasks, {atOnce: cellsAtOnce, report: tell});

print('');
print('+ ready   > ready at another place   - ended by itself, nothing left   x refused, nothing made   . not reached');
for (const part of ['once', 'done', 'storm', 'whole'] as const) {
  const shown = cells.filter(cell => partOf(cell) === part);
  if (shown.length > 0) printTable(part, shown);
}

const count = (outcome: Outcome) => cells.filter(cell => cell.outcome === outcome).length;
print('');
print(`cells                     ${cells.length}`);
print(`ready                     ${count('ready')}, at another place ${count('moved')}`);
print(`ended with nothing left   ${count('ended')}, refused before anything was made ${count('refused')}`);
print(`not reached               ${cells.filter(({struck}) => !struck).length}`);
print(`bad                       ${count('bad')}`);
print(`time                      ${Math.round((performance.now() - startedMs) / 1000)} s`);
process.exitCode = cells.length > 0 && count('bad') === 0 && cells.every(({struck}) => struck) ? 0 : 1;

function tell({phase, call, fault, outcome, told}: SweptCell): void {
  if (outcome === 'bad') print(`BAD  ${phase}  ${call}  ${fault}: ${told}`);
  else if (process.env.VERBOSE) print(`${outcome.padEnd(8)}${phase}  ${call}  ${fault}: ${told}`);
}

function partOf({call, fault}: SweptCell): 'once' | 'done' | 'storm' | 'whole' {
  if (call.startsWith('(')) return 'whole';
  if (fault.endsWith(', done')) return 'done';
  return / x\d+$/.test(fault) ? 'storm' : 'once';
}

function printTable(part: string, shown: readonly SweptCell[]): void {
  const titles: Record<string, string> = {
    once: 'fails once, nothing done',
    done: 'done, and its answer lost',
    storm: 'fails again and again',
    whole: 'the provider behind its answers, and every call for an hour',
  };
  const faults = [...new Set(shown.map(({fault}) => fault))];
  const calls = [...new Set(shown.map(({phase, call}) => `${phase.padEnd(5)}${call}`))];
  const columns = Math.max(...calls.map(call => call.length));
  print('');
  print(titles[part] ?? part);
  for (const [index, fault] of faults.entries()) print(`${''.padEnd(columns)}  ${'| '.repeat(index)}${fault}`);
  for (const call of calls) {
    const line = faults.map(fault => {
      const cell = shown.find(each => `${each.phase.padEnd(5)}${each.call}` === call && each.fault === fault);
      if (cell === undefined) return ' ';
      return cell.struck || cell.outcome === 'bad' ? marks[cell.outcome] : '.';
    });
    print(`${call.padEnd(columns)}  ${line.join(' ')}`);
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
