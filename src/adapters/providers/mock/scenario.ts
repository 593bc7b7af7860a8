import {readFile} from 'node:fs/promises';
import * as z from 'zod';
import {SEED_INSTANCE_TYPES, SEED_ZONES} from '../../../core/catalog/seed.ts';
import {InventivError} from '../../../core/errors.ts';
import {didYouMean} from '../../../core/near-names.ts';
import type {Scenario} from './wire.ts';
import {callNames, faultKinds, latencyNames} from './wire.ts';

const scenarioBytesMax = 1024 * 1024;
const problemsShownMax = 5;
const durationMsMax = 24 * 3_600_000;
const zoneNames = SEED_ZONES.filter(zone => zone.provider === 'mock').map(zone => zone.name);
const typeNames = SEED_INSTANCE_TYPES.filter(type => type.provider === 'mock').map(type => type.name);

const durationMs = z.number().int().min(0).max(durationMsMax);
const count = z.number().int().min(0).max(1_000_000);
const callName = z.enum([...callNames, '*']);
const rangeMs = z
  .tuple([durationMs, durationMs])
  .refine(([from, to]) => from <= to, {error: 'expected the shorter duration first'});

const faultSchema = z.strictObject({
  call: callName,
  kind: z.enum(faultKinds),
  nth: count.min(1).optional(),
  times: z.union([count.min(1), z.literal('always')]).optional(),
  zone: z.enum(zoneNames).optional(),
  instanceType: z.enum(typeNames).optional(),
  name: z.string().min(1).max(255).optional(),
  status: z.number().int().min(400).max(599).optional(),
  message: z.string().max(500).optional(),
  delayMs: durationMs.optional(),
});

export const scenarioSchema = z.strictObject({
  seed: z
    .number()
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .optional(),
  latenciesMs: z.strictObject(Object.fromEntries(latencyNames.map(name => [name, rangeMs.optional()]))).optional(),
  capacity: z.strictObject(perZone(z.strictObject(perType(count.optional())).optional())).optional(),
  capacityDefault: count.optional(),
  quota: z
    .strictObject({
      servers: count.optional(),
      gpus: count.optional(),
      ips: count.optional(),
      volumeGb: count.optional(),
    })
    .optional(),
  pageSize: count.min(1).max(100).optional(),
  faults: z.array(faultSchema).max(1_000).optional(),
  engineArgs: z.array(z.string().max(1_000)).max(100).optional(),
});

/** Reads and checks a scenario; every problem is told with the file, the place in it, and what was probably meant. */
export async function loadScenario(path: string): Promise<Scenario> {
  const text = await readText(path);
  const parsed = scenarioSchema.safeParse(parseJson(path, text), {reportInput: true});
  if (parsed.success) return parsed.data as Scenario;
  const problems = parsed.error.issues.flatMap(describe);
  const more = problems.length > problemsShownMax ? `; and ${problems.length - problemsShownMax} more` : '';
  throw invalid(`${path}: ${problems.slice(0, problemsShownMax).join('; ')}${more}.`);
}

async function readText(path: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const reason =
      error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'there is none' : String(error);
    throw invalid(`expected a scenario file at ${path}, and ${reason}.`, error);
  }
  if (text.length > scenarioBytesMax)
    throw invalid(`${path}: expected a scenario of at most ${scenarioBytesMax} bytes.`);
  return text;
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const position = errorPosition(message, text);
    const line = position === null ? '' : `:${text.slice(0, position).split('\n').length}`;
    throw invalid(`${path}${line}: expected JSON: ${message}.`, error);
  }
}

/** V8 tells the position, or quotes the ten characters before the fault and those after it. */
function errorPosition(message: string, text: string): number | null {
  const position = /position (\d+)/.exec(message)?.[1];
  if (position !== undefined) return Number(position);
  const quoted = /\.\.\."([\s\S]*?)"(?:\.\.\.)? is not valid JSON$/.exec(message)?.[1];
  const start = quoted === undefined ? -1 : text.indexOf(quoted);
  return start < 0 ? null : start + 10;
}

function describe(issue: z.core.$ZodIssue): string[] {
  const place = issue.path.length === 0 ? '' : `${placeOf(issue.path)}: `;
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeysAt(issue.path);
    return issue.keys.map(
      key =>
        `${place}unknown key "${key.slice(0, 80)}"${suffix(didYouMean(key, known) ?? `expected ${known.join(', ')}`)}`,
    );
  }
  if (issue.code === 'invalid_value' && typeof issue.input === 'string') {
    const known = issue.values.map(String);
    const hint = didYouMean(issue.input, known) ?? `expected one of ${known.slice(0, 30).join(', ')}`;
    return [`${place}unknown value "${issue.input.slice(0, 80)}"${suffix(hint)}`];
  }
  return [`${place}${issue.message}`];
}

/** `["faults", 0, "kind"]` -> `faults[0].kind` */
function placeOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');
}

function knownKeysAt(path: readonly PropertyKey[]): string[] {
  switch (path[0]) {
    case undefined:
      return Object.keys(scenarioSchema.shape);
    case 'faults':
      return Object.keys(faultSchema.shape);
    case 'latenciesMs':
      return [...latencyNames];
    case 'capacity':
      return path.length === 1 ? zoneNames : typeNames;
    default:
      return ['servers', 'gpus', 'ips', 'volumeGb'];
  }
}

function perZone<Schema>(schema: Schema): Record<string, Schema> {
  return Object.fromEntries(zoneNames.map(name => [name, schema]));
}

function perType<Schema>(schema: Schema): Record<string, Schema> {
  return Object.fromEntries(typeNames.map(name => [name, schema]));
}

function suffix(hint: string | undefined): string {
  return hint === undefined ? '' : ` (${hint})`;
}

function invalid(message: string, cause?: unknown): InventivError {
  return new InventivError('invalid_config', message, {
    hint: 'docs/providers.md describes the scenario file.',
    param: 'mock-scenario',
    cause,
  });
}
