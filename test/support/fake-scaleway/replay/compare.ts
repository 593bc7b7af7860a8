import {isObject, type Json, type JsonObject} from '../json.ts';
import {isFreeId, isRolloutField, isStrict} from './fields.ts';
import {IdMap, isPairable} from './id-map.ts';

export interface Comparison {
  differences: string[];
  /** Ids seen at the same place on both sides for the first time. */
  newPairs: [string, string][];
}

/** Compares an answer of the fake with the recorded one: same keys, same JSON types, same values where they mean something. */
export function compareBodies(
  recorded: Json | undefined,
  fake: Json | undefined,
  ids: IdMap,
  clientNames: ReadonlySet<string>,
  isGone: (fakeId: string) => boolean = () => false,
): Comparison {
  const result: Comparison = {differences: [], newPairs: []};
  const context: Context = {ids, clientNames, isGone, result, fresh: new Map()};
  if (recorded === undefined || fake === undefined) {
    if (recorded !== fake) result.differences.push(`body: recorded ${show(recorded)}, fake ${show(fake)}`);
  } else compare(recorded, fake, '', context);
  return result;
}

interface Context {
  ids: IdMap;
  clientNames: ReadonlySet<string>;
  /** An IP of the fake that no longer exists: the real API gives ids and addresses of released IPs again. */
  isGone: (fakeId: string) => boolean;
  result: Comparison;
  fresh: Map<string, string>;
}

function compare(recorded: Json, fake: Json, path: string, context: Context): void {
  const {differences} = context.result;
  if (typeOf(recorded) !== typeOf(fake)) {
    differences.push(`${path}: recorded ${show(recorded)}, fake ${show(fake)}`);
  } else if (Array.isArray(recorded) && Array.isArray(fake)) {
    compareLists(recorded, fake, path, context);
  } else if (isObject(recorded) && isObject(fake)) {
    compareObjects(recorded, fake, path, context);
  } else if (typeof recorded === 'string' && typeof fake === 'string') {
    compareStrings(recorded, fake, path, context);
  } else if (isStrict(path) && recorded !== fake) {
    differences.push(`${path}: recorded ${show(recorded)}, fake ${show(fake)}`);
  }
}

function compareObjects(recorded: JsonObject, fake: JsonObject, path: string, context: Context): void {
  for (const [key, value] of Object.entries(recorded)) {
    const other = fake[key];
    if (other === undefined) context.result.differences.push(`${path}.${key}: missing in the fake`);
    else compare(value, other, `${path}.${key}`, context);
  }
  for (const key of Object.keys(fake)) {
    if (recorded[key] === undefined && !isRolloutField(`${path}.${key}`)) {
      context.result.differences.push(`${path}.${key}: only in the fake`);
    }
  }
}

function compareLists(recorded: Json[], fake: Json[], path: string, context: Context): void {
  if (recorded.length !== fake.length) {
    context.result.differences.push(`${path}: recorded ${recorded.length} items, fake ${fake.length}`);
    return;
  }
  for (const [position, value] of recorded.entries()) {
    const other = fake[position];
    if (other !== undefined) compare(value, other, `${path}[${position}]`, context);
  }
}

function compareStrings(recorded: string, fake: string, path: string, context: Context): void {
  const {differences} = context.result;
  if (isFreeId(path) && isPairable(recorded) && isPairable(fake)) return;
  const recordedIds = IdMap.idsIn(recorded);
  const fakeIds = IdMap.idsIn(fake);
  if (recordedIds.length === fakeIds.length) {
    for (const [position, id] of recordedIds.entries()) pairIds(id, fakeIds[position] ?? '', path, context);
  }
  if (isPairable(recorded) && isPairable(fake)) return;
  const expected = context.ids.translate(recorded);
  const chosenByClient = /\.(name|hostname)$/.test(path) && context.clientNames.has(recorded);
  const strict = isStrict(path) || chosenByClient;
  if (strict ? expected !== fake : shapeOf(recorded) !== shapeOf(fake)) {
    differences.push(`${path}: recorded ${show(recorded)}, fake ${show(fake)}`);
  }
}

/** The first meeting pairs two ids; from then on each must stand for the other. */
function pairIds(recorded: string, fake: string, path: string, context: Context): void {
  const {differences, newPairs} = context.result;
  const known = context.ids.get(recorded) ?? context.fresh.get(recorded);
  if (known === undefined || (known !== fake && context.isGone(known))) {
    context.fresh.set(recorded, fake);
    newPairs.push([recorded, fake]);
  } else if (known !== fake) differences.push(`${path}: recorded ${recorded} is ${known} here, fake ${fake}`);
}

/** Dates must be written the same way, and an id is never anything else. */
function shapeOf(text: string): string {
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00$/.test(text)) return 'date with offset';
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(text)) return 'date in UTC';
  return isPairable(text) ? 'id' : text === '' ? 'empty' : 'text';
}

function typeOf(value: Json): string {
  return value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
}

const SHOWN_CHARACTERS = 120;

function show(value: Json | undefined): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}...` : text;
}
