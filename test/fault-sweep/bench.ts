import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {InstanceView} from '../../src/api/contract/instances.ts';
import type {ApiClient} from '../../src/api/local-client.ts';
import {asInventivError} from '../../src/core/errors.ts';
import type {Clock} from '../../src/ports/clock.ts';
import {settle} from '../crash-matrix/settle.ts';
import {ControllableClock} from '../support/fake-scaleway/clock.ts';
import {inventory} from '../support/fake-scaleway/inventory.ts';
import {type FakeScaleway, startFakeScaleway} from '../support/fake-scaleway/start-fake-scaleway.ts';
import {callSequence} from '../support/scaleway/call-templates.ts';
import {holdForRequests, JumpClock} from '../support/scaleway/jump-clock.ts';
import {openDrillApp, scalewayModel, scalewayType, scalewayZone} from '../support/scaleway/open-drill-app.ts';
import {sellFewTypes} from '../support/scaleway/sell-few-types.ts';
import type {Phase, SweptCall, SweptFault} from './faults.ts';

/**
 * ready: as if nothing had been, and gone without a trace after `down`. moved: the same, at another place. ended: taken down
 * by itself with nothing left and a clear message. refused: the same before anything was recorded. bad: anything else.
 */
export type Outcome = 'ready' | 'moved' | 'ended' | 'refused' | 'bad';

export interface Cell {
  readonly outcome: Outcome;
  /** What the user is told, or what is wrong. */
  readonly told: string;
  /** Whether the fault struck at all. */
  readonly struck: boolean;
}

/** An installation on a fake account in which one fault after another is tried: each leaves it as empty as it was. */
export interface Bench extends AsyncDisposable {
  try(phase: Phase, fault: SweptFault): Promise<Cell>;
  /** The calls of an `up` and a `down` that nobody disturbs. */
  listCalls(): Promise<readonly SweptCall[]>;
}

/** Real time, the clock standing still: long enough for an answer on a busy computer, short where none comes. */
const requestTimeoutMs = 2500;

export async function openBench(): Promise<Bench> {
  const stateDir = mkdtempSync(join(tmpdir(), 'inventiv-sweep-'));
  const startAtMs = Date.now();
  const fake = await startFakeScaleway({clock: new ControllableClock({speed: 0, startAtMs})});
  sellFewTypes(fake.world);
  const clock = new JumpClock(startAtMs, byMs => fake.world.clock.advance(byMs));
  const letGo = holdForRequests(clock, fake.url);
  const app = await openDrillApp({stateDir, apiUrl: fake.url, clock, requestTimeoutMs});
  const {client} = app;
  return {
    try: (phase, fault) => tryFault({fake, client, clock}, phase, fault),
    listCalls: async () => {
      const calls: SweptCall[] = [];
      const take = (phase: Phase) => {
        const templates = new Set(callSequence(fake.world.journal.entries()));
        calls.push(...[...templates].map(template => ({phase, template})));
        fake.world.journal.clear();
      };
      fake.world.journal.clear();
      const id = await requestUp(client);
      take('plan');
      await settle(client, id);
      take('up');
      await client.instances.terminate({instances: [id]});
      await settle(client, id);
      take('down');
      return calls;
    },
    [Symbol.asyncDispose]: async () => {
      await app[Symbol.asyncDispose]();
      letGo();
      await fake.close();
      rmSync(stateDir, {recursive: true, force: true, maxRetries: 3});
    },
  };
}

async function tryFault(
  {fake, client, clock}: {fake: FakeScaleway; client: ApiClient; clock: Clock},
  phase: Phase,
  {body, lastsMs}: SweptFault,
): Promise<Cell> {
  const {world} = fake;
  const ended = new AbortController();
  const switchOn = (now: Phase) => {
    if (now !== phase) return;
    const added = world.faults.add(body);
    if (typeof added === 'string') throw new Error(added);
    if (lastsMs !== undefined) void clock.sleep(lastsMs, ended.signal).then(() => Object.assign(added, {times: 0}));
  };
  const isStruck = () => world.faults.list().some(fault => fault.struck > 0);
  const end = (outcome: Outcome, told: string): Cell => {
    const cell = {outcome, told, struck: isStruck()};
    world.faults.clear();
    ended.abort();
    return cell;
  };

  switchOn('plan');
  let id: string;
  try {
    id = await requestUp(client);
  } catch (thrown) {
    const {message, hint} = asInventivError(thrown);
    return isEmpty(fake) && hint !== undefined
      ? end('refused', `${message} ${hint}`)
      : end('bad', `refused: ${message}`);
  }

  switchOn('up');
  const up = await settle(client, id);
  if (up.state === 'terminated') return endOf(fake, up, end);
  if (up.state !== 'ready') return end('bad', `${up.state}: ${up.failure?.message ?? up.activity}`);
  const doubled = doublesIn(fake);
  if (doubled !== null) return end('bad', doubled);

  if (phase !== 'down') {
    const moved = up.zone !== scalewayZone || up.type !== scalewayType;
    const cell = end(moved ? 'moved' : 'ready', moved ? `${up.type} in ${up.zone}` : '');
    const down = await takeDown(client, id);
    return down.state === 'terminated' && isEmpty(fake) ? cell : {...cell, outcome: 'bad', told: leftIn(fake, down)};
  }

  switchOn('down');
  const down = await takeDown(client, id);
  return down.state === 'terminated' && isEmpty(fake) ? end('ready', '') : end('bad', leftIn(fake, down));
}

function endOf(fake: FakeScaleway, instance: InstanceView, end: (outcome: Outcome, told: string) => Cell): Cell {
  const {message, hint} = instance.failure ?? {};
  if (!isEmpty(fake)) return end('bad', leftIn(fake, instance));
  return message && hint ? end('ended', `${message} ${hint}`) : end('bad', `ended without a message: ${message}`);
}

async function takeDown(client: ApiClient, id: string): Promise<InstanceView> {
  await client.instances.terminate({instances: [id]});
  return settle(client, id);
}

async function requestUp(client: ApiClient): Promise<string> {
  const [created] = await client.instances.create({
    model: scalewayModel,
    provider: 'scaleway',
    type: scalewayType,
    zone: scalewayZone,
    fallback: 'zone',
  });
  if (created === undefined) throw new Error('create returned nothing');
  return created.id;
}

function isEmpty({world}: FakeScaleway): boolean {
  return inventory(world).empty === true;
}

function doublesIn({world}: FakeScaleway): string | null {
  const {servers, blockVolumes, securityGroups} = world;
  const groups = [...securityGroups.values()].filter(group => !group.projectDefault);
  const counts = [servers.size, blockVolumes.size, groups.length];
  return counts.every(count => count === 1) ? null : `servers, volumes, groups: ${counts.join(', ')}`;
}

function leftIn({world}: FakeScaleway, {state, failure, activity}: InstanceView): string {
  const names = [...world.servers.values(), ...world.blockVolumes.values()].map(({name}) => name);
  return `${state} with ${names.join(', ') || 'nothing'} left: ${failure?.message ?? activity ?? ''}`;
}
