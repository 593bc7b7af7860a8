import {stableId} from '../ids.ts';
import {isObject, type JsonObject, numberOf, stringOf} from '../json.ts';
import type {World} from '../world.ts';
import type {IdMap} from './id-map.ts';
import {type Kind, meaningOf, sightingsIn} from './kinds.ts';
import {prepareWorld} from './prepare-world.ts';
import type {Interaction} from './recording.ts';
import {REFUSALS, rewind} from './rewind.ts';
import {isInWorld, seedItem} from './seed-item.ts';
import {seedProducts} from './seed-products.ts';
import {seedRules} from './seed-records.ts';
import {referencesOf} from './seed-references.ts';
import {seedUserData} from './seed-user-data.ts';
import {planSettling} from './settle.ts';

/**
 * Gives the fake what a recording shows to exist already: before each call, whatever the call touches or its answer
 * shows, and that no earlier call of the recording created, is put in the world as the answer shows it.
 */
export class WorldSeeder {
  #world: World;
  #ids: IdMap;
  #interactions: Interaction[];
  #listsSeen = new Set<string>();
  /** `kind id` of everything the fake has or once had: what it lost is never put back. */
  #seen = new Set<string>();

  constructor(world: World, ids: IdMap, interactions: Interaction[]) {
    this.#world = world;
    this.#ids = ids;
    this.#interactions = interactions;
    prepareWorld(world, interactions);
  }

  /** To call before interaction `position` is sent. */
  before(position: number): void {
    const interaction = this.#interactions[position];
    const meaning = interaction === undefined ? undefined : meaningOf(interaction.path);
    if (interaction === undefined) return;
    if (interaction.path.includes('/products/')) seedProducts(this.#world, this.#interactions, interaction);
    if (meaning === undefined) return;
    const {kind, id, rest} = meaning;
    const exists =
      interaction.status < 400 || REFUSALS.includes(interaction.status) || missesSomethingElse(interaction, id);
    if (id !== undefined && interaction.status === 410) this.#world.deletedBlock.set(id, this.#world.clock.nowMs());
    if (id !== undefined && exists) this.#ensure(kind, id, position);
    if (interaction.status >= 400) return;
    if (kind === 'server' && rest.startsWith('/user_data'))
      seedUserData(this.#world, this.#ids, this.#interactions, position);
    if (kind === 'securityGroup' && rest === '/rules') this.#seedRules(id ?? '', interaction);
    if (interaction.method === 'GET' && id === undefined) this.#seedList(kind, position);
    if (interaction.method !== 'GET') this.#seedReferences(kind, position);
  }

  /** To call after interaction `position` was answered as recorded: what it shows is in the fake. */
  after(position: number): void {
    const interaction = this.#interactions[position];
    const kind = interaction === undefined ? undefined : meaningOf(interaction.path)?.kind;
    if (interaction === undefined || kind === undefined || interaction.status >= 400) return;
    for (const item of sightingsIn(kind, interaction.body)) this.#remember(kind, item);
  }

  #remember(kind: Kind, item: JsonObject): void {
    this.#seen.add(`${kind} ${item.id}`);
    if (kind !== 'server') return;
    for (const volume of isObject(item.volumes) ? Object.values(item.volumes) : []) {
      if (!isObject(volume)) continue;
      this.#seen.add(`${volume.volume_type === 'sbs_volume' ? 'blockVolume' : 'localVolume'} ${volume.id}`);
    }
    for (const ip of Array.isArray(item.public_ips) ? item.public_ips : []) {
      if (isObject(ip)) this.#seen.add(`ip ${ip.id}`);
    }
  }

  #isKnown(kind: Kind, id: string): boolean {
    return this.#seen.has(`${kind} ${id}`) || isInWorld(this.#world, this.#ids, kind, id);
  }

  /** The thing named in a path: as its first sighting shows it, taken back to before the call when the call changed it. */
  #ensure(kind: Kind, id: string, position: number): void {
    const interaction = this.#interactions[position];
    if (interaction === undefined || this.#isKnown(kind, id)) return;
    const found = this.#sightings(kind, id, position);
    const zone = /\/zones\/([^/]+)/.exec(interaction.path)?.[1] ?? '';
    const unseen = {id, zone, project: this.#world.defaultProject, address: id};
    const first = found[0] ?? unseen;
    this.#seed(kind, interaction.method === 'GET' ? first : rewind(kind, interaction, first), position);
  }

  #seed(kind: Kind, item: JsonObject, position: number): void {
    const id = stringOf(item.id) ?? '';
    for (const volume of kind === 'server' && isObject(item.volumes) ? Object.values(item.volumes) : []) {
      if (isObject(volume) && volume.volume_type === 'sbs_volume') this.#seedVolumeOf(item, volume, position);
    }
    seedItem(this.#world, this.#ids, kind, item);
    this.#remember(kind, item);
    planSettling(this.#world, kind, id, [item, ...this.#sightings(kind, id, position)]);
  }

  /** A server shows only the ids of its Block volumes: the rest is told where the recording shows them. */
  #seedVolumeOf(server: JsonObject, volume: JsonObject, position: number): void {
    const id = stringOf(volume.id) ?? '';
    const shown = this.#sightings('blockVolume', id, position)[0];
    if (shown === undefined || this.#isKnown('blockVolume', id)) return;
    const reference = {
      id: stableId(`reference ${id}`),
      product_resource_type: 'instance_server',
      product_resource_id: server.id ?? null,
      type: 'exclusive',
      status: 'attached',
    };
    this.#seed('blockVolume', {...shown, status: 'in_use', references: [reference], last_detached_at: null}, position);
  }

  /** How the recording shows a thing from `position` on. */
  #sightings(kind: Kind, id: string, position: number): JsonObject[] {
    return this.#interactions
      .slice(position)
      .filter(({path, status}) => status < 400 && meaningOf(path)?.kind === kind)
      .flatMap(({body}) => sightingsIn(kind, body).filter(item => item.id === id));
  }

  /** All pages of a list at its first page; items the recording counts but never shows are made up after the others. */
  #seedList(kind: Kind, position: number): void {
    const first = this.#interactions[position];
    if (first === undefined) return;
    const list = `${first.path}?${withoutPage(first.query)}`;
    const pages = this.#listsSeen.has(list) ? [first] : this.#pagesFrom(position, first);
    const shown = pages.flatMap(page => sightingsIn(kind, page.body));
    for (const item of shown) this.#seedUnlessKnown(kind, item, position);
    const last = shown.at(-1);
    const missing = this.#listsSeen.has(list) ? 0 : totalOf(first) - shown.length;
    for (let count = 0; last !== undefined && count < missing; count += 1) {
      this.#seedUnlessKnown(kind, likeButLoose(last, stableId(`not shown ${list} ${count}`)), position);
    }
    this.#listsSeen.add(list);
  }

  #pagesFrom(position: number, first: Interaction): Interaction[] {
    const rest = this.#interactions.slice(position);
    const end = rest.findIndex(({method, path}) => method !== 'GET' || path !== first.path);
    const reads = end === -1 ? rest : rest.slice(0, end);
    return reads.filter(page => withoutPage(page.query) === withoutPage(first.query));
  }

  #seedReferences(kind: Kind, position: number): void {
    const later = this.#interactions.slice(position);
    for (const reference of referencesOf(this.#world, this.#ids, kind, later)) {
      if (reference.item !== undefined) this.#seedUnlessKnown(reference.kind, reference.item, position);
      else this.#ensure(reference.kind, reference.id, position);
    }
  }

  #seedUnlessKnown(kind: Kind, item: JsonObject, position: number): void {
    if (!this.#isKnown(kind, stringOf(item.id) ?? '')) this.#seed(kind, item, position);
  }

  #seedRules(groupId: string, interaction: Interaction): void {
    const wasThereBefore = this.#ids.get(groupId) === groupId;
    const group = this.#world.securityGroups.get(groupId);
    if (interaction.method !== 'GET' || !wasThereBefore || group === undefined || group.rules.length > 0) return;
    if (isObject(interaction.body) && Array.isArray(interaction.body.rules)) seedRules(group, interaction.body.rules);
  }
}

/** A 404 about something else than what the path names: that one exists. */
function missesSomethingElse(interaction: Interaction, id: string | undefined): boolean {
  const body = interaction.body;
  return interaction.status === 404 && isObject(body) && body.resource_id !== undefined && body.resource_id !== id;
}

/** Another one of the same kind, attached to nothing. */
function likeButLoose(item: JsonObject, id: string): JsonObject {
  const loose: JsonObject = {...item, id};
  for (const name of ['volumes', 'public_ips', 'server', 'references']) {
    if (isObject(item[name])) loose[name] = name === 'server' ? null : {};
    else if (Array.isArray(item[name])) loose[name] = [];
  }
  return loose;
}

function withoutPage(query: URLSearchParams): string {
  const rest = new URLSearchParams(query);
  rest.delete('page');
  rest.sort();
  return rest.toString();
}

function totalOf(interaction: Interaction): number {
  const inBody = isObject(interaction.body) ? numberOf(interaction.body.total_count) : undefined;
  return inBody ?? Number(interaction.headers['x-total-count'] ?? 0);
}
