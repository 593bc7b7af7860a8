import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {setTimeout as sleep} from 'node:timers/promises';
import {isDeepStrictEqual} from 'node:util';
import {InventivError} from '../../src/core/errors.ts';
import {until} from '../support/until.ts';
import type {VmSnapshot} from '../support/vm/snapshot.ts';
import {callFront} from './front-client.ts';
import {Machine, workerKey} from './machine.ts';

export const phases = ['preflight', 'storage', 'image', 'weights', 'engine', 'agent', 'front', 'done'] as const;
export const faults = ['reset', 'kill', 'reboot'] as const;
export type Phase = (typeof phases)[number];
/** `reset`: TCP reset of the login. `kill`: SIGKILL of our process. `reboot`: power off and on. */
export type Fault = (typeof faults)[number];

export interface Outcome {
  /** Whether the interruption came in the middle of that phase. */
  readonly hit: boolean;
  readonly ready: boolean;
  /** What was done twice and must not be, or is there twice. */
  readonly doubled: readonly string[];
  /** Whether uninstalling left the machine as it was. */
  readonly clean: boolean;
  readonly continuedMs: number;
}

const triesMax = 6;

/** A machine on which bootstraps are interrupted, one after another, each from a clean machine. */
export async function startDrillMachine(): Promise<{machine: Machine; before: VmSnapshot}> {
  const machine = await Machine.start({
    scenario: {haproxy: 'absent', engine: {args: ['--startup-ms', '50'], argsOf: {}}},
  });
  machine.vm.hub.faults.bytesPerSecond = 1_500_000;
  return {machine, before: await machine.vm.snapshot()};
}

/** How long each phase takes undisturbed: an interruption comes in its middle. */
export async function measurePhases(machine: Machine): Promise<ReadonlyMap<Phase, number>> {
  await machine.bootstrap();
  const durations = new Map<Phase, number>();
  for (const phase of phases) {
    const note = machine.notes.find(entry => `phase:${phase}` in entry)?.[`phase:${phase}`];
    const ms = typeof note === 'object' && note !== null && 'durationMs' in note ? note.durationMs : 0;
    durations.set(phase, Number(ms));
  }
  await machine.uninstall();
  return durations;
}

/** Interrupts one bootstrap in one phase, goes on, and looks at what came of it. */
export async function interrupt(
  {machine, before}: {machine: Machine; before: VmSnapshot},
  {phase, fault, afterMs}: {phase: Phase; fault: Fault; afterMs: number},
): Promise<Outcome> {
  const {vm} = machine;
  const callsBefore = vm.calls.length;
  vm.hub.requests.length = 0;
  const hit = await startAndInterrupt(machine, phase, fault, afterMs);
  const startedAt = performance.now();
  await bootstrapToTheEnd(machine);
  const continuedMs = Math.round(performance.now() - startedAt);
  const ready = await isReady(machine);
  const doubled = [...(await countedTwice(machine)), ...doneTwice(machine, callsBefore)];
  await machine.uninstall();
  return {hit, ready, doubled, continuedMs, clean: isDeepStrictEqual(await vm.snapshot(), before)};
}

async function startAndInterrupt(machine: Machine, phase: Phase, fault: Fault, afterMs: number): Promise<boolean> {
  const program = join(import.meta.dirname, 'drill-process.ts');
  const child = spawn(process.execPath, [program, machine.directory, machine.vm.address], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const exited = once(child, 'exit');
  let hit = false;
  for await (const line of createInterface({input: child.stdout})) {
    if (line !== phase) continue;
    await sleep(afterMs);
    hit = child.exitCode === null;
    if (fault === 'kill') child.kill('SIGKILL');
    if (fault === 'reset') machine.vm.cutConnections();
    if (fault === 'reboot') await machine.vm.reboot();
    break;
  }

  // A process that lost its machine may wait for it: nobody waits for it here.
  if (fault !== 'kill') await Promise.race([exited, sleep(1_000)]);
  child.kill('SIGKILL');
  await exited;
  return hit;
}

/** As the driver does: what may pass is tried again, after the machine answers. */
async function bootstrapToTheEnd(machine: Machine): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await until('the machine to answer', () => machine.opener.isReachable(machine.target));
      await machine.bootstrap();
      return;
    } catch (error) {
      if (!(error instanceof InventivError && error.retryable) || tries >= triesMax) throw error;
    }
  }
}

async function isReady({vm}: Machine): Promise<boolean> {
  const headers = {authorization: `Bearer ${workerKey}`};
  const answers = async () => (await callFront(`https://${vm.address}:8000/v1/models`, {headers})).status === 200;
  return until('the worker', answers, 30_000);
}

/** Things of which there must be one. */
async function countedTwice({vm}: Machine): Promise<string[]> {
  const {processes} = await vm.snapshot();
  const containers = (await vm.exec('docker ps -aq')).split('\n').length - 1;
  const counts = {
    containers,
    engines: processes.filter(command => command.includes('fake-vllm/main.ts')).length,
    agents: processes.filter(command => command.includes('agent/agent.py')).length,
    // A master and its worker.
    fronts: processes.filter(command => command.startsWith('haproxy -W')).length / 2,
  };
  return Object.entries(counts)
    .filter(([, count]) => count !== 1)
    .map(([name, count]) => `${count} ${name}`);
}

/** Work that was finished before the interruption and done again after it. */
function doneTwice({vm}: Machine, callsBefore: number): string[] {
  const calls = vm.calls.slice(callsBefore);
  const installs = calls.filter(
    ({program, argv}) => program === 'apt-get' && argv.includes('install') && !argv.includes('--simulate'),
  );
  const whole = vm.hub.requests
    .filter(({path, isComplete}) => path.startsWith('/cdn/') && isComplete)
    .map(({path}) => path);
  const fetched = whole.filter((path, index) => whole.indexOf(path) !== index);
  return [
    ...(installs.length > 2 ? [`${installs.length} package installations`] : []),
    ...fetched.map(path => `${path.slice(0, 13)} fetched again`),
  ];
}
