import {readFileSync} from 'node:fs';
import {isObject, type JsonObject, numberOf, parseJson, stringOf} from './json.ts';

/** The server types of every zone, with their stock. Shapes and prices are those recorded in fr-par-2 on 2026-07-30. */
export interface Catalog {
  /** Type name -> answer of products/servers, per zone. */
  types: Map<string, Map<string, JsonObject>>;
  /** Type name -> available, scarce or shortage, per zone. */
  availability: Map<string, Map<string, string>>;
}

export const ZONES = [
  'fr-par-1',
  'fr-par-2',
  'fr-par-3',
  'nl-ams-1',
  'nl-ams-2',
  'nl-ams-3',
  'pl-waw-1',
  'pl-waw-2',
  'pl-waw-3',
  'it-mil-1',
];

const RECORDED_TYPES = new URL(
  '../../fixtures/scaleway-recorded/server-types-and-availability-fr-par-2.json',
  import.meta.url,
);

/** Zones where each GPU family is sold. CPU types are sold everywhere. */
const GPU_ZONES: [RegExp, string[]][] = [
  [/^L4-/, ['fr-par-1', 'fr-par-2', 'pl-waw-2']],
  [/^L40S-/, ['fr-par-2', 'pl-waw-2']],
  [/^H100-[12]-/, ['fr-par-2', 'pl-waw-2']],
  [/^(H100-SXM|B300-SXM)-/, ['fr-par-2']],
  [/^RENDER-/, ['fr-par-1', 'fr-par-2']],
];

export function loadCatalog(): Catalog {
  const recorded = readRecordedPages();
  const catalog: Catalog = {types: new Map(), availability: new Map()};
  for (const zone of ZONES) {
    const sold = [...recorded.types].filter(([name]) => isSoldIn(name, zone));
    catalog.types.set(zone, new Map(sold));
    catalog.availability.set(
      zone,
      new Map(sold.map(([name]) => [name, recorded.availability.get(name) ?? 'available'])),
    );
  }
  return catalog;
}

/** The type in that zone, else in any zone: an old server may have a type that is no longer sold where it runs. */
export function findType(catalog: Catalog, zone: string, name: string): JsonObject | undefined {
  const here = catalog.types.get(zone)?.get(name);
  if (here !== undefined) return here;
  for (const types of catalog.types.values()) {
    const elsewhere = types.get(name);
    if (elsewhere !== undefined) return elsewhere;
  }
  return undefined;
}

export function gpuCount(type: JsonObject | undefined): number {
  return numberOf(type?.gpu) ?? 0;
}

export function scratchMaxBytes(type: JsonObject | undefined): number {
  return numberOf(type?.scratch_storage_max_size) ?? 0;
}

export function localVolumesMaxBytes(type: JsonObject | undefined): number {
  const constraint = type?.volumes_constraint;
  return (isObject(constraint) ? numberOf(constraint.max_size) : undefined) ?? Number.MAX_SAFE_INTEGER;
}

export function hourlyPriceEur(type: JsonObject | undefined): number {
  return numberOf(type?.hourly_price) ?? 0;
}

export function archOf(type: JsonObject | undefined): string {
  return stringOf(type?.arch) ?? 'x86_64';
}

function isSoldIn(name: string, zone: string): boolean {
  const rule = GPU_ZONES.find(([pattern]) => pattern.test(name));
  return rule === undefined || rule[1].includes(zone);
}

function readRecordedPages(): {types: Map<string, JsonObject>; availability: Map<string, string>} {
  const types = new Map<string, JsonObject>();
  const availability = new Map<string, string>();
  const file = parseJson(readFileSync(RECORDED_TYPES, 'utf8'));
  const interactions = isObject(file) && Array.isArray(file.interactions) ? file.interactions : [];
  for (const interaction of interactions) {
    if (!isObject(interaction) || !isObject(interaction.response)) continue;
    const body = parseJson(stringOf(interaction.response.body) ?? '');
    if (!isObject(body) || !isObject(body.servers)) continue;
    for (const [name, entry] of Object.entries(body.servers)) {
      if (!isObject(entry)) continue;
      const stock = stringOf(entry.availability);
      if (stock !== undefined) availability.set(name, stock);
      else types.set(name, entry);
    }
  }
  return {types, availability};
}
