import {spawn} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import type {Effect, Moment} from './crash-point.ts';
import {type Findings, findDoubles, findLeaks} from './findings.ts';
import {closeStateDir, compileCacheDir, makeStateDir, openDrill} from './installation.ts';
import {settle, takeDown, unless} from './settle.ts';
import {drillName, requestUp} from './up-request.ts';

export interface CrashPoint {
  readonly effect: Effect;
  readonly moment: Moment;
}

/**
 * up: `up` is killed, another process resumes it to ready, then takes it down.
 * rollback: `up` is killed, and another process takes it down at once.
 * down: `down` is killed, and another process takes it down.
 */
export type CrashKind = 'up' | 'rollback' | 'down';

const driverPath = fileURLToPath(new URL('driver.ts', import.meta.url));

/** Kills a driving process at the point, recovers in this one, and looks for what is left, doubled or stuck. */
export async function crashDrill(kind: CrashKind, point: CrashPoint): Promise<Findings> {
  const stateDir = makeStateDir();
  await using drill = await openDrill(stateDir);
  const {control} = drill;
  const {client} = drill.app;
  const doubled: string[] = [];
  const unsettled: string[] = [];
  if (kind === 'down') unsettled.push(...unless(await settle(client, await requestUp(client)), 'ready'));

  const {effect, moment} = point;
  const ended = await runDriver([
    kind === 'down' ? 'down' : 'up',
    stateDir,
    effect.name,
    String(effect.number),
    moment,
  ]);
  if (ended.error !== null) unsettled.push(ended.error);

  // Killed before the instance was written down, nothing was done either.
  const [left] = await client.instances.list({includeGone: true});
  if (left !== undefined && kind === 'up') {
    unsettled.push(...unless(await settle(client, drillName), 'ready'));
    doubled.push(...(await findDoubles(control)));
  }

  if (left !== undefined) unsettled.push(...unless(await takeDown(client, drillName), 'terminated'));
  const leaked = [...(await findLeaks(control)), ...(await closeStateDir(stateDir, control))];
  return {title: `${kind}: killed ${moment} "${effect.name}"`, reached: ended.killed, leaked, doubled, unsettled};
}

/** The effects of an `up` and of a `down` that nobody disturbs. */
export async function listEffects(): Promise<{up: readonly Effect[]; down: readonly Effect[]}> {
  const stateDir = makeStateDir();
  await using drill = await openDrill(stateDir);
  const effects: Effect[][] = [];
  for (const verb of ['up', 'down']) {
    const ended = await runDriver([verb, stateDir]);
    if (ended.error !== null) throw new Error(`the undisturbed ${verb} failed: ${ended.error}`);
    effects.push(
      ended.output
        .trim()
        .split('\n')
        .map(line => JSON.parse(line) as Effect),
    );
  }

  await closeStateDir(stateDir, drill.control);
  const [up = [], down = []] = effects;
  return {up, down};
}

/** Every moment once: the moment after an effect is the moment before the next one. */
export function crashPointsOf(effects: readonly Effect[]): readonly CrashPoint[] {
  return effects.flatMap((effect, index): readonly CrashPoint[] => [
    ...(index === 0 ? [{effect, moment: 'before'} as const] : []),
    ...(effect.hasMiddle ? [{effect, moment: 'during'} as const] : []),
    {effect, moment: 'after'},
  ]);
}

interface Ended {
  readonly killed: boolean;
  readonly output: string;
  readonly error: string | null;
}

async function runDriver(args: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, [driverPath, ...args], {
    env: {PATH: process.env.PATH, NODE_COMPILE_CACHE: compileCacheDir()},
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let complaint = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  const {promise, resolve, reject} = Promise.withResolvers<{code: number | null; signal: string | null}>();
  child.once('error', reject);
  child.once('close', (code, signal) => resolve({code, signal}));
  const {code, signal} = await promise;
  const isWell = code === 0 || signal === 'SIGKILL';
  return {
    killed: signal === 'SIGKILL',
    output,
    error: isWell ? null : `the driver ended with ${code ?? signal}: ${complaint.slice(0, 600)}`,
  };
}
