import {spawn} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import type {Effect, Moment} from './crash-point.ts';
import type {Findings} from './findings.ts';
import {compileCacheDir} from './installation.ts';
import {settle, takeDown, unless} from './settle.ts';
import type {Course, OpenSite, SiteAddress} from './site.ts';
import {drillName} from './up-request.ts';

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

/** Kills a driving process at the point, recovers in this one, and looks for what is left, doubled, touched or stuck. */
export async function crashDrill(
  openSite: OpenSite,
  kind: CrashKind,
  point: CrashPoint,
  course: Course = 'plain',
): Promise<Findings> {
  await using site = await openSite(course);
  const {client, address} = site;
  const doubled: string[] = [];
  const unsettled: string[] = [];
  if (kind === 'down') unsettled.push(...unless(await settle(client, await site.requestUp()), 'ready'));

  const {effect, moment} = point;
  const verb = kind === 'down' ? 'down' : 'up';
  const ended = await runDriver(verb, address, [effect.name, String(effect.number), moment]);
  if (ended.error !== null) unsettled.push(ended.error);
  unsettled.push(...(await site.inspect()));

  // Killed before the instance was written down, nothing was done either.
  const [left] = await client.instances.list({includeGone: true});
  if (left !== undefined && kind === 'up') {
    unsettled.push(...unless(await settle(client, drillName), 'ready'));
    doubled.push(...(await site.findDoubles()));
  }

  if (left !== undefined) unsettled.push(...unless(await takeDown(client, drillName), 'terminated'));
  const leaked = await site.findLeaks();
  const touched = await site.findTouched();
  const title = `${course === 'plain' ? kind : `${kind} with a move`}: killed ${moment} "${effect.name}"`;
  return {title, reached: ended.killed, leaked: [...leaked, ...(await site.close())], doubled, unsettled, touched};
}

/** The effects of an `up` and of a `down` that nobody disturbs. */
export async function listEffects(
  openSite: OpenSite,
  course: Course = 'plain',
): Promise<{up: readonly Effect[]; down: readonly Effect[]}> {
  await using site = await openSite(course);
  const effects: Effect[][] = [];
  for (const verb of ['up', 'down'] as const) {
    const ended = await runDriver(verb, site.address);
    if (ended.error !== null) throw new Error(`the undisturbed ${verb} failed: ${ended.error}`);
    effects.push(
      ended.output
        .trim()
        .split('\n')
        .map(line => JSON.parse(line) as Effect),
    );
  }

  await site.close();
  const [up = [], down = []] = effects;
  return {up, down};
}

/** The part of an `up` in which it moves: from the refusal to the server at the next place. */
export function movingPart(effects: readonly Effect[]): readonly Effect[] {
  const from = effects.findIndex(effect => effect.name === 'provider powerOn');
  const until = effects.findIndex(effect => effect.name === 'provider ensureServer' && effect.number === 2);
  return effects.slice(from, until + 1);
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

async function runDriver(verb: 'up' | 'down', address: SiteAddress, point: readonly string[] = []): Promise<Ended> {
  const child = spawn(process.execPath, [driverPath, verb, JSON.stringify(address), ...point], {
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
