import type {Stock} from '../catalog/instance-type.ts';
import type {ErrorCode} from '../errors.ts';
import {type EpochMs, minuteMs} from '../time.ts';
import type {Action} from './action.ts';
import type {Instance, InstanceSpec, Placement} from './instance.ts';

export interface Place {
  readonly zone: string;
  readonly instanceType: string;
}

/** A place that had no room, from the record of the move away from it. */
export interface FailedPlace extends Place {
  readonly code: ErrorCode;
  readonly atMs: EpochMs;
}

/** Before a place is asked again: doubling with every refusal of it. */
const askAgainFirstMs = minuteMs;
const askAgainMaxMs = 10 * minuteMs;

/** Refusals that say "not here, not now" and nothing about the request: another place may have room. */
export function isLackOfRoom(code: ErrorCode): boolean {
  return code === 'no_capacity' || code === 'quota_exceeded';
}

/** Moving: the old attempt is taken down, and the next place not yet chosen. */
export function isMoving(actions: readonly Pick<Action, 'type'>[]): boolean {
  const moved = actions.findLastIndex(action => action.type === 'REQUEST_MOVE');
  return moved > actions.findLastIndex(action => action.type === 'REQUEST_CREATE');
}

/** Which attempt at a place this is, 1 being the first; names at the provider carry it. */
export function attemptOf(actions: readonly Action[]): number {
  const attempt = actions.findLast(action => action.type === 'REQUEST_MOVE')?.metadata.attempt;
  return typeof attempt === 'number' ? attempt : 1;
}

export function failedPlaces(actions: readonly Action[]): readonly FailedPlace[] {
  return actions.flatMap(({type, metadata, startedAtMs}) => {
    const {zone, instanceType, errorCode} = metadata;
    if (type !== 'REQUEST_MOVE' || typeof zone !== 'string' || typeof instanceType !== 'string') return [];
    const code: ErrorCode = errorCode === 'quota_exceeded' ? 'quota_exceeded' : 'no_capacity';
    return [{zone, instanceType, code, atMs: startedAtMs}];
  });
}

/** Whether a lack of room where the instance is now leaves anything to try. */
export function canMove(instance: Instance, actions: readonly Action[], nowMs: EpochMs): boolean {
  if (isWaitingAllowed(instance, nowMs)) return true;
  const asked = [...failedPlaces(actions), placeOf(instance)];
  return placesOf(instance).some(place => !asked.some(other => isSamePlace(other, place)));
}

/** The best place that may be asked now; null when there is none (yet). */
export function nextPlace(
  instance: Instance,
  actions: readonly Action[],
  stockOf: (place: Place) => Stock,
  nowMs: EpochMs,
): Place | null {
  const failed = failedPlaces(actions);
  const found = placesOf(instance).find(place => {
    if (stockOf(place) === 'shortage') return false;
    const refusals = failed.filter(other => isSamePlace(other, place));
    const latest = refusals.at(-1);
    return (
      latest === undefined ||
      (isWaitingAllowed(instance, nowMs) && nowMs - latest.atMs >= askAgainAfterMs(refusals.length))
    );
  });
  return found ?? null;
}

export function isWaitingAllowed({spec, createdAtMs}: Instance, nowMs: EpochMs): boolean {
  return nowMs < createdAtMs + (spec.failover?.waitCapacityMs ?? 0);
}

export function placesOf({spec}: Pick<Instance, 'spec'>): readonly Place[] {
  return (spec.failover?.placements ?? []).flatMap(({zones, instanceType}) =>
    zones.map(zone => ({zone, instanceType})),
  );
}

/** The request as it is for a type; the rest of it stays. */
export function specAt(spec: InstanceSpec, placement: Placement): InstanceSpec {
  const {diskGb, mode, maxModelLen, image, engineArgs, readyDeadlineMs} = placement;
  return {...spec, diskGb, mode, maxModelLen, image, engineArgs, readyDeadlineMs};
}

/** `L4-1-24G in fr-par-1 and fr-par-2, L40S-1-48G in fr-par-2`. */
export function describePlaces(places: readonly Place[]): string {
  const byType = Map.groupBy(places, place => place.instanceType);
  return [...byType]
    .map(([type, found]) => `${type} in ${[...new Set(found.map(place => place.zone))].join(' and ')}`)
    .join(', ');
}

export function isSamePlace(a: Place, b: Place): boolean {
  return a.zone === b.zone && a.instanceType === b.instanceType;
}

function placeOf({zone, instanceType}: Instance): Place {
  return {zone, instanceType};
}

function askAgainAfterMs(refusals: number): number {
  return Math.min(askAgainMaxMs, askAgainFirstMs * 2 ** Math.min(refusals - 1, 10));
}
