import type {EpochMs} from '../time.ts';
import type {Correction} from './worker-load.ts';
import {freshCorrection, kvPressure, requestsAt} from './worker-load.ts';

/** A worker as the picker sees it. */
export interface Candidate {
  readonly id: string;
  /** Relative capacity, such as the number of GPUs; above zero. */
  readonly weight: number;
  /** Requests in flight through this proxy. */
  readonly outstanding: number;
  /** Above 0, up to 1. */
  readonly health: number;
  /** What the worker said of itself; stale ones are ignored. */
  readonly correction: Correction | null;
}

export interface PickRequest {
  readonly session: string | null;
  /** Moves on with every pick, to deal out ties. */
  readonly turn: number;
  readonly nowMs: EpochMs;
}

/**
 * The least loaded worker for its weight; ties go round by `turn`. With a session, the worker that the session prefers,
 * as long as that worker holds no more than its fair share and a quarter.
 */
export function pickWorker<T extends Candidate>(candidates: readonly T[], request: PickRequest): T | null {
  if (request.session !== null) return pickSticky(candidates, request.session, request.nowMs);

  let best: T | null = null;
  let bestLoad = Number.POSITIVE_INFINITY;
  for (let index = 0; index < candidates.length; index++) {
    const candidate = candidates[(index + request.turn) % candidates.length];
    const load = candidate === undefined ? bestLoad : loadOf(candidate, request.nowMs);
    if (candidate !== undefined && (best === null || load < bestLoad)) {
      best = candidate;
      bestLoad = load;
    }
  }

  return best;
}

/** What one more request would find at this worker, per unit of capacity that works: the lower the better. */
export function loadOf(candidate: Candidate, nowMs: EpochMs): number {
  const correction = freshCorrection(candidate.correction, nowMs);
  return ((requestsAt(candidate.outstanding, correction) + 1) * kvPressure(correction)) / capacityOf(candidate);
}

/** How strongly a session prefers this worker: the highest takes it. Depends on nothing but the two and the capacity. */
export function preferenceOf(session: string, candidate: Pick<Candidate, 'id' | 'weight'>): number {
  return candidate.weight / -Math.log(unitHash(`${session}\n${candidate.id}`));
}

const loadBoundFactor = 1.25;

/**
 * Rendezvous hashing with bounded load: each session ranks all workers in an order of its own, so a worker that joins or
 * leaves moves only the sessions that it takes or had. (Mirrokni, Thorup, Zadimoghaddam: consistent hashing with bounded
 * loads, 2016; weighted scores after Schindelhauer and Schomaker, 2005.)
 */
function pickSticky<T extends Candidate>(candidates: readonly T[], session: string, nowMs: EpochMs): T | null {
  let totalCapacity = 0;
  let requests = 1;
  for (const candidate of candidates) {
    totalCapacity += capacityOf(candidate);
    requests += requestsAt(candidate.outstanding, freshCorrection(candidate.correction, nowMs));
  }

  let best: T | null = null;
  let bestPreference = -1;
  for (const candidate of candidates) {
    const share = Math.ceil((requests * capacityOf(candidate) * loadBoundFactor) / totalCapacity);
    const held = requestsAt(candidate.outstanding, freshCorrection(candidate.correction, nowMs));
    const preference = preferenceOf(session, candidate);
    if (held < share && preference > bestPreference) {
      best = candidate;
      bestPreference = preference;
    }
  }

  return best;
}

function capacityOf({weight, health}: Candidate): number {
  return weight * health;
}

/** FNV-1a with the finalizer of MurmurHash3, as a number above 0 and below 1. */
function unitHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }

  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (((hash ^ (hash >>> 16)) >>> 0) + 0.5) / 2 ** 32;
}
