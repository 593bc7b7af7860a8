import {ControllableClock} from '../clock.ts';
import {isObject, type Json, type JsonObject, parseJson, stringOf} from '../json.ts';
import {startFakeScaleway} from '../start-fake-scaleway.ts';
import {DEFAULT_TOKEN, makeWorld, type World} from '../world.ts';
import {compareBodies} from './compare.ts';
import {eraOf} from './era-of.ts';
import {IdMap} from './id-map.ts';
import {sightingsIn} from './kinds.ts';
import {leftOutCalls} from './left-out.ts';
import {rebuildRequest} from './rebuild-request.ts';
import {armRecordedFault} from './recorded-faults.ts';
import type {Interaction, Recording} from './recording.ts';
import {WorldSeeder} from './seed-world.ts';

export interface InteractionResult {
  interaction: Interaction;
  differences: string[];
}

interface FakeAnswer {
  status: number;
  headers: Headers;
  body: Json | undefined;
  text: string;
}

interface Replay {
  url: string;
  world: World;
  ids: IdMap;
  seeder: WorldSeeder;
  interactions: Interaction[];
  /** Names that clients of the recording chose: they must come back as they were. */
  clientNames: Set<string>;
  /** Every id and address of an IP the fake ever had. */
  givenIps: Set<string>;
}

/** How many planned events may pass before an answer has to be the recorded one. */
const MAX_EVENTS_PER_CALL = 30;

/**
 * Replays a recording against a fresh fake. Time stands still except when the recorded answer is further in time than
 * the fake: then the next planned event happens and the call is repeated. So the states must come in the recorded
 * order; how long they last is not compared.
 */
export async function replayRecording(recording: Recording): Promise<InteractionResult[]> {
  const interactions = inOrderOfEffect(recording.interactions);
  const clock = new ControllableClock({speed: 0, startAtMs: interactions[0]?.dateMs ?? 0});
  const world = makeWorld({clock, era: eraOf(interactions), sshKey: false});
  const ids = new IdMap();
  const seeder = new WorldSeeder(world, ids, interactions);
  const fake = await startFakeScaleway({world});
  const replay: Replay = {url: fake.url, world, ids, seeder, interactions, clientNames: new Set(), givenIps: new Set()};
  const results: InteractionResult[] = [];
  try {
    for (const [position, interaction] of interactions.entries()) {
      results.push({interaction, differences: await replayOne(replay, position, interaction)});
    }
  } finally {
    await fake.close();
  }
  return results;
}

/**
 * Calls sent at the same time are recorded in the order of their answers. Of two equal ones in a row, a refusal
 * ("server should be stopped") followed by a success can only have been treated the other way round.
 */
function inOrderOfEffect(recorded: Interaction[]): Interaction[] {
  const ordered = [...recorded];
  for (let position = 0; position + 1 < ordered.length; position += 1) {
    const [first, second] = [ordered[position], ordered[position + 1]];
    if (first === undefined || second === undefined) continue;
    const same =
      first.method === second.method && first.path === second.path && first.requestBody === second.requestBody;
    const refused = isObject(first.body) && first.body.type === 'precondition_failed';
    if (!same || first.method === 'GET' || !refused || second.status >= 400) continue;
    if (second.dateMs - first.dateMs > 1_000) continue;
    ordered[position] = second;
    ordered[position + 1] = first;
    position += 1;
  }
  return ordered;
}

async function replayOne(replay: Replay, position: number, interaction: Interaction): Promise<string[]> {
  const {world, ids, seeder, interactions} = replay;
  world.clock.driftTo(interaction.dateMs);
  seeder.before(position);
  const token = armRecordedFault(world, interaction, DEFAULT_TOKEN);
  const requestBody = interaction.requestBody ?? rebuildRequest(interactions, position);
  rememberNames(replay, requestBody);
  matchTouchedFirst(replay, interaction);
  let closest: string[] | undefined;
  for (let events = 0; events <= MAX_EVENTS_PER_CALL; events += 1) {
    const answer = await send(replay, interaction, requestBody, token);
    for (const ip of world.ips.values()) replay.givenIps.add(ip.id).add(ip.address);
    const {differences, newPairs} = compareAnswer(replay, interaction, answer);
    if (differences.length === 0) {
      if (answer.status < 400) for (const [recorded, fake] of newPairs) ids.pair(recorded, fake);
      seeder.after(position);
      return [];
    }
    if (closest === undefined || differences.length < closest.length) closest = differences;
    const repeatable = interaction.method === 'GET' || (answer.status >= 400 && interaction.status < 400);
    if (!repeatable) {
      for (const [recorded, fake] of newPairs) ids.pair(recorded, fake);
      return differences;
    }
    if (await makeLeftOutCalls(replay, interactions[position - 1], interaction)) continue;
    if (world.clock.advanceToNext() === undefined) break;
  }
  return closest ?? [];
}

/** A change answers with what it touches as that is by then: what goes on there must first have got that far. */
function matchTouchedFirst(replay: Replay, interaction: Interaction): void {
  const isThere = touchedState(replay, interaction);
  for (let events = 0; events < MAX_EVENTS_PER_CALL && isThere?.() === false; events += 1) {
    if (replay.world.clock.advanceToNext() === undefined) return;
  }
}

/** Whether the server that is changed, or the volume that is copied, is as the answer shows it. */
function touchedState({world, ids}: Replay, {method, body}: Interaction): (() => boolean) | undefined {
  const fakeId = (shown: JsonObject): string => ids.get(String(shown.id)) ?? '';
  const shown = method === 'GET' ? undefined : sightingsIn('server', body)[0];
  const server = shown && world.servers.get(fakeId(shown));
  if (server !== undefined) return () => server.state === shown?.state;
  const parent = method === 'POST' && isObject(body) && isObject(body.parent_volume) ? body.parent_volume : undefined;
  const volume = parent && world.blockVolumes.get(fakeId(parent));
  return volume && (() => volume.status === parent?.status);
}

async function makeLeftOutCalls(
  replay: Replay,
  previous: Interaction | undefined,
  interaction: Interaction,
): Promise<boolean> {
  const calls = leftOutCalls(replay.world, replay.ids, previous, interaction);
  for (const {path, action} of calls) {
    await fetch(`${replay.url}${path}`, {
      method: 'POST',
      headers: {'X-Auth-Token': DEFAULT_TOKEN, 'Content-Type': 'application/json'},
      body: JSON.stringify({action}),
    });
  }
  return calls.length > 0;
}

async function send(replay: Replay, interaction: Interaction, requestBody: string, token: string): Promise<FakeAnswer> {
  const search = interaction.query.size === 0 ? '' : `?${replay.ids.translate(interaction.query.toString())}`;
  const headers: Record<string, string> = {'X-Auth-Token': token};
  if (requestBody !== '') headers['Content-Type'] = interaction.requestType ?? 'application/json';
  const response = await fetch(`${replay.url}${replay.ids.translate(interaction.path)}${search}`, {
    method: interaction.method,
    headers,
    ...(requestBody !== '' && {body: replay.ids.translate(requestBody)}),
  });
  const text = await response.text();
  return {status: response.status, headers: response.headers, body: parseJson(text), text};
}

function compareAnswer(
  replay: Replay,
  interaction: Interaction,
  answer: FakeAnswer,
): {differences: string[]; newPairs: [string, string][]} {
  if (answer.status !== interaction.status) {
    const shown = answer.text.slice(0, 300);
    return {differences: [`status: recorded ${interaction.status}, fake ${answer.status} ${shown}`], newPairs: []};
  }
  const differences = compareHeaders(interaction, answer);
  // A gateway's own error page is anything at all: only the status tells.
  if (interaction.status >= 500 && answer.body === undefined) return {differences, newPairs: []};
  if (interaction.body === undefined || answer.body === undefined) {
    if (interaction.text !== answer.text) differences.push(`body: recorded ${interaction.text}, fake ${answer.text}`);
    return {differences, newPairs: []};
  }
  const compared = compareBodies(interaction.body, answer.body, replay.ids, replay.clientNames, id =>
    isGoneIp(replay, id),
  );
  return {differences: [...differences, ...compared.differences], newPairs: compared.newPairs};
}

function isGoneIp(replay: Replay, id: string): boolean {
  if (!replay.givenIps.has(id)) return false;
  return ![...replay.world.ips.values()].some(ip => ip.id === id || ip.address === id);
}

function compareHeaders(interaction: Interaction, answer: FakeAnswer): string[] {
  const differences: string[] = [];
  const compared = ['x-total-count', 'link', 'x-envoy-ratelimited'];
  if (interaction.text !== '' || interaction.status === 429) compared.push('content-type');
  for (const name of compared) {
    const recorded = interaction.headers[name] ?? null;
    const fake = answer.headers.get(name);
    if (recorded !== fake) differences.push(`header ${name}: recorded ${recorded}, fake ${fake}`);
  }
  if (
    interaction.status === 201 &&
    (interaction.headers.location === undefined) !== (answer.headers.get('location') === null)
  ) {
    differences.push(
      `header location: recorded ${interaction.headers.location}, fake ${answer.headers.get('location')}`,
    );
  }
  return differences;
}

function rememberNames(replay: Replay, requestBody: string): void {
  const request = parseJson(requestBody);
  const name = isObject(request) ? stringOf(request.name) : undefined;
  if (name !== undefined) replay.clientNames.add(name);
}
