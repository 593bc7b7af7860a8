import {inventory} from './inventory.ts';
import {isObject, type Json, type JsonObject, numberOf, parseJson, stringOf} from './json.ts';
import {removeServer} from './server-power.ts';
import type {World} from './world.ts';

export interface ControlReply {
  status: number;
  body: Json;
}

type ControlHandler = (world: World, body: JsonObject, id: string) => Json;

/** What was asked of /control cannot be done; the message says why. */
class ControlError extends Error {}

/** The switches behind the scenes; no token needed. `GET /control` lists them. */
const CONTROLS: Record<string, {about: string; handle: ControlHandler}> = {
  'GET clock': {about: 'time, speed and what is planned', handle: clockView},
  'POST clock': {about: '{speed}: 1 real time, 60 a minute per second, 0 frozen', handle: setSpeed},
  'POST advance': {
    about: '{ms}, or {next: true} for the next event, or {all: true} until nothing is planned',
    handle: advance,
  },
  'GET faults': {about: 'switches that are on', handle: world => faultsView(world)},
  'POST faults': {about: '{kind, method?, path?, types?, zone?, skip?, times?, when?, ...}', handle: addFault},
  'DELETE faults': {about: 'removes all, or one with /control/faults/ID', handle: removeFaults},
  'GET journal': {about: 'API calls received, oldest first', handle: world => ({calls: journalView(world)})},
  'DELETE journal': {about: 'forgets them', handle: clearJournal},
  'GET inventory': {about: 'what is alive and billed', handle: world => inventory(world)},
  'GET ssh-target': {about: 'where servers are really reached', handle: world => ({...world.sshTarget})},
  'POST ssh-target': {about: '{address, port}: reported as public IPv4 of every server', handle: setSshTarget},
  'GET machines': {about: 'real machines behind servers, by server id', handle: world => world.machines.list()},
  'POST vanish': {about: '{server}: the server disappears as if removed by hand', handle: vanish},
  'POST stock': {about: '{zone, type, value}: available, scarce or shortage', handle: setStock},
};

export function control(world: World, method: string, path: string, rawBody: Buffer): ControlReply {
  const [name = '', id = ''] = path.replace(/^\/control\/?/, '').split('/');
  if (name === '') return {status: 200, body: Object.entries(CONTROLS).map(([call, {about}]) => `${call}: ${about}`)};
  const entry = CONTROLS[`${method} ${name}`];
  if (entry === undefined)
    return {status: 404, body: {error: `no control "${method} ${name}"; GET /control lists them`}};
  const body = rawBody.length === 0 ? {} : parseJson(rawBody.toString('utf8'));
  if (!isObject(body)) return {status: 400, body: {error: 'expected a JSON object'}};
  try {
    return {status: 200, body: entry.handle(world, body, id)};
  } catch (error) {
    if (error instanceof ControlError) return {status: 400, body: {error: error.message}};
    throw error;
  }
}

function clockView(world: World): Json {
  const {clock} = world;
  return {nowMs: clock.nowMs(), speed: clock.speed, pending: clock.pending()};
}

function setSpeed(world: World, body: JsonObject): Json {
  const speed = numberOf(body.speed);
  if (speed === undefined || speed < 0) throw new ControlError('expected {speed} with a number of at least 0');
  world.clock.setSpeed(speed);
  return clockView(world);
}

const MAX_EVENTS = 10_000;

function advance(world: World, body: JsonObject): Json {
  const ms = numberOf(body.ms);
  if (ms !== undefined && ms < 0) throw new ControlError('time only goes forward');
  const events: string[] = [];
  if (ms !== undefined) world.clock.advance(ms);
  else if (body.next === true || body.all === true) {
    for (let count = 0; count < (body.all === true ? MAX_EVENTS : 1); count += 1) {
      const event = world.clock.advanceToNext();
      if (event === undefined) break;
      events.push(event);
    }
  } else throw new ControlError('expected {ms}, {next: true} or {all: true}');
  return {nowMs: world.clock.nowMs(), events};
}

function faultsView(world: World): Json {
  return {faults: world.faults.list().map(fault => ({...fault}))};
}

function addFault(world: World, body: JsonObject): Json {
  const fault = world.faults.add(body);
  if (typeof fault === 'string') throw new ControlError(fault);
  return {...fault};
}

function removeFaults(world: World, _body: JsonObject, id: string): Json {
  if (id === '') world.faults.clear();
  else if (!world.faults.remove(id)) throw new ControlError(`no fault ${id}`);
  return faultsView(world);
}

function journalView(world: World): Json[] {
  return world.journal.entries().map(entry => ({...entry}));
}

function clearJournal(world: World): Json {
  world.journal.clear();
  return {calls: []};
}

function setSshTarget(world: World, body: JsonObject): Json {
  world.sshTarget = {address: stringOf(body.address) ?? null, port: numberOf(body.port) ?? null};
  return {...world.sshTarget};
}

function vanish(world: World, body: JsonObject): Json {
  const server = world.servers.get(stringOf(body.server) ?? '');
  if (server === undefined) throw new ControlError('expected {server} with the id of a server that exists');
  removeServer(world, server);
  return {vanished: server.id};
}

function setStock(world: World, body: JsonObject): Json {
  const zone = stringOf(body.zone) ?? '';
  const type = stringOf(body.type) ?? '';
  const stock = world.catalog.availability.get(zone);
  if (stock?.has(type) !== true) throw new ControlError(`type "${type}" is not sold in zone "${zone}"`);
  const value = stringOf(body.value) ?? 'shortage';
  stock.set(type, value);
  return {zone, type, value};
}
