import {didYouMean} from '../near-names.ts';
import type {InstanceType} from './instance-type.ts';
import type {OneOrMore, PlanRefusal, PlanRefusalCode, PlanRequest, RefusalCode, RefusedCandidate} from './plan.ts';

/** Requests that no machine could satisfy: a disabled model, names that do not exist. */
export function refuseRequest(request: PlanRequest, types: readonly InstanceType[]): PlanRefusal | undefined {
  const {model, provider, type, zone} = request;
  if (!model.active)
    return refusal('MODEL_INACTIVE', `the model ${model.id} is disabled`, `inventiv models enable ${model.id}`);
  const sold = types.filter(known => known.provider === provider);
  if (sold.length === 0)
    return unknownName(
      'PROVIDER_UNKNOWN',
      'no instance types of provider',
      provider,
      types.map(known => known.provider),
    );
  const typeNames = sold.map(known => known.name);
  const wrongType = wishesOf(type ?? []).find(wish => !typeNames.some(name => sameName(name, wish)));
  if (wrongType !== undefined)
    return unknownName('TYPE_UNKNOWN', `${provider} has no instance type`, wrongType, typeNames);
  const zones = sold.flatMap(known => known.zones);
  const wrongZone = wishesOf(zone ?? []).find(wish => !zones.includes(wish));
  if (wrongZone !== undefined) return unknownName('ZONE_UNKNOWN', `${provider} sells no GPU in zone`, wrongZone, zones);
  return undefined;
}

/** No candidate is left: says which came nearest, and what would bring it in. `refused` is in order of price. */
export function refuseAll(request: PlanRequest, refused: RefusedCandidate[], zonesWithStock: string[]): PlanRefusal {
  const closest = closestOf(refused);
  const base = refusalOfClosest(request, closest, zonesWithStock);
  return {...base, ...(closest && {closest}), refused};
}

export function wishesOf(wishes: OneOrMore): readonly string[] {
  return typeof wishes === 'string' ? [wishes] : wishes;
}

export function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function refusalOfClosest(
  request: PlanRequest,
  closest: RefusedCandidate | undefined,
  zonesWithStock: readonly string[],
): PlanRefusal {
  const {model} = request;
  const type = request.type === undefined ? undefined : wishesOf(request.type).join(' or ');
  const where = request.zone === undefined ? request.provider : wishesOf(request.zone).join(' or ');
  if (closest?.code === 'NO_STOCK') {
    const hint = zonesWithStock.length > 0 ? `try --zone ${zonesWithStock.join(' or ')}` : 'try later, or another type';
    return refusal('NO_STOCK', `no ${type ?? `machine for ${model.id}`} in stock at ${where}`, hint);
  }
  if (closest?.code === 'OVER_BUDGET')
    return refusal('OVER_BUDGET', `${closest.typeName} fits, but ${closest.text}`, 'raise the limit');
  const what = type === undefined ? `no type at ${where} can serve` : `${type} at ${where} cannot serve`;
  const nearest = type === undefined ? `; nearest is ${closest?.typeName}` : '';
  const reason = closest ? `${nearest}: ${closest.text}` : '';
  const hint = closest?.hint ?? `see the arithmetic: inventiv models size ${model.id}`;
  return refusal('NOTHING_FITS', `${what} ${model.id}${reason}`, hint);
}

/**
 * How far a refused candidate got, nearest to success first: ordering, paying and shortening a context are easier to
 * change than a GPU.
 */
const DISTANCE_ORDER: readonly (readonly RefusalCode[])[] = [
  ['OVER_BUDGET', 'DISABLED'],
  ['NO_STOCK'],
  ['DISK_TOO_SMALL', 'DISK_TOO_BIG', 'NOT_SOLD_IN_ZONE'],
  ['KV_TOO_SMALL', 'LOAD_TOO_HIGH', 'CONTEXT_TOO_LONG', 'TP_INVALID'],
  ['VRAM_TOO_SMALL', 'WEIGHTS_TOO_BIG'],
  ['BAD_OPTION', 'VLLM_TOO_OLD', 'DRIVER_OLD'],
  ['GPU_ARCH', 'NO_GPU', 'END_OF_SERVICE'],
];

/** The first, and so cheapest, at the smallest distance. What was merely not asked for is no near miss. */
function closestOf(refused: readonly RefusedCandidate[]): RefusedCandidate | undefined {
  for (const codes of DISTANCE_ORDER) {
    const nearest = nearestOf(refused.filter(candidate => codes.includes(candidate.code)));
    if (nearest) return nearest;
  }
  return undefined;
}

/** Where the weights do not fit, the largest machine came nearest: the last one, as the order is by price. */
function nearestOf(candidates: readonly RefusedCandidate[]): RefusedCandidate | undefined {
  return candidates[0]?.code === 'WEIGHTS_TOO_BIG' ? candidates.at(-1) : candidates[0];
}

const ERROR_CODES: Record<PlanRefusalCode, PlanRefusal['errorCode']> = {
  MODEL_INACTIVE: 'invalid_input',
  PROVIDER_UNKNOWN: 'not_found',
  TYPE_UNKNOWN: 'not_found',
  ZONE_UNKNOWN: 'not_found',
  NOTHING_FITS: 'invalid_input',
  NO_STOCK: 'no_capacity',
  OVER_BUDGET: 'invalid_input',
};

const SHOWN_CHARS_MAX = 60;
const KNOWN_NAMES_MAX = 20;

function unknownName(code: PlanRefusalCode, text: string, name: string, known: readonly string[]): PlanRefusal {
  const shown = JSON.stringify(name.length > SHOWN_CHARS_MAX ? `${name.slice(0, SHOWN_CHARS_MAX)}...` : name);
  const names = [...new Set(known)];
  return refusal(
    code,
    `${text} ${shown}`,
    didYouMean(name, names) ?? `known: ${names.slice(0, KNOWN_NAMES_MAX).join(', ')}`,
  );
}

function refusal(code: PlanRefusalCode, text: string, hint: string): PlanRefusal {
  return {ok: false, code, errorCode: ERROR_CODES[code], text, hint, refused: []};
}
