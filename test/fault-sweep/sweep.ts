import {type Bench, type Cell, openBench} from './bench.ts';
import {behaviours, faultsOf, outagesOfAll, type Phase, type SweptFault} from './faults.ts';

/** One cell of the table, and how it ended. */
export interface SweptCell extends Cell {
  readonly phase: Phase;
  /** The call, or what is wrong with the provider as a whole. */
  readonly call: string;
  readonly fault: string;
}

interface Task {
  readonly phase: Phase;
  readonly call: string;
  readonly fault: SweptFault;
}

/** What is not the fault of one call. */
const wholeProvider = '(provider)';
const everyCall = '(every call)';

/** Every cell there is: each call of up and down with each of its faults, and each misbehaviour of the provider. */
export async function listTasks(): Promise<readonly Task[]> {
  await using bench = await openBench();
  const calls = await bench.listCalls();
  return [
    ...calls.flatMap(call => faultsOf(call).map(fault => ({phase: call.phase, call: call.template, fault}))),
    ...behaviours.map(fault => ({phase: fault.phase, call: wholeProvider, fault})),
    ...outagesOfAll.map(fault => ({phase: fault.phase, call: everyCall, fault})),
  ];
}

/** Tries them side by side, each worker on a bench of its own; a bench on which something was left is not used again. */
export async function sweep(
  tasks: readonly Task[],
  {atOnce, report}: {atOnce: number; report: (cell: SweptCell) => void},
): Promise<SweptCell[]> {
  const waiting = [...tasks];
  const cells: SweptCell[] = [];
  const workers = Array.from({length: Math.min(atOnce, tasks.length)}, async () => {
    let bench: Bench | null = null;
    for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) {
      bench ??= await openBench();
      const cell = {phase: task.phase, call: task.call, fault: task.fault.name, ...(await tried(bench, task))};
      cells.push(cell);
      report(cell);
      if (cell.outcome !== 'bad') continue;
      await bench[Symbol.asyncDispose]();
      bench = null;
    }
    await bench?.[Symbol.asyncDispose]();
  });
  await Promise.all(workers);
  return cells;
}

async function tried(bench: Bench, {phase, fault}: Task): Promise<Cell> {
  try {
    return await bench.try(phase, fault);
  } catch (error) {
    return {
      outcome: 'bad',
      told: error instanceof Error ? (error.stack ?? error.message) : String(error),
      struck: true,
    };
  }
}
