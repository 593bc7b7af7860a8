import {isObject, type Json, type JsonObject} from '../json.ts';
import type {World} from '../world.ts';
import type {Interaction} from './recording.ts';

/** The catalogue of a zone is what the pages of the recording say, all of them from the first page on. */
export function seedProducts(world: World, interactions: Interaction[], first: Interaction): void {
  const zone = /\/zones\/([^/]+)/.exec(first.path)?.[1] ?? '';
  const pages = interactions.filter(({path, status}) => path === first.path && status === 200);
  const entries = pages.flatMap(({body}): [string, Json][] => {
    const shown = isObject(body) ? (body.servers ?? body.volumes) : undefined;
    return isObject(shown) ? Object.entries(shown) : [];
  });
  const {types, availability} = world.catalog;
  if (first.path.endsWith('/products/volumes')) {
    world.volumeProducts = Object.fromEntries(entries);
  } else if (first.path.endsWith('/availability')) {
    const stock = entries.map(([name, entry]): [string, string] => [
      name,
      isObject(entry) ? String(entry.availability) : '',
    ]);
    availability.set(zone, new Map(amongNotShown(stock, availability.get(zone), first)));
  } else {
    const shapes = entries.flatMap(([name, entry]): [string, JsonObject][] => (isObject(entry) ? [[name, entry]] : []));
    types.set(zone, new Map(amongNotShown(shapes, types.get(zone), first)));
  }
}

const PAGE_SIZE = 50;

/** When pages were left out: built-in types in their place, before and after, as many as the recording counts. */
function amongNotShown<T>(shown: [string, T][], known: Map<string, T> | undefined, first: Interaction): [string, T][] {
  const names = new Set(shown.map(([name]) => name));
  const missing = Math.max(0, Number(first.headers['x-total-count'] ?? 0) - names.size);
  const others = [...(known ?? [])].filter(([name]) => !names.has(name)).slice(0, missing);
  const perPage = Number(first.query.get('per_page') ?? PAGE_SIZE);
  const before = (Number(first.query.get('page') ?? 1) - 1) * perPage;
  return [...others.slice(0, before), ...shown, ...others.slice(before)];
}
