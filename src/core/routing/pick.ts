/** A worker as the picker sees it. */
export interface Candidate {
  readonly id: string;
  /** Relative capacity, such as the number of GPUs; above zero. */
  readonly weight: number;
  /** Requests in flight through this proxy. */
  readonly outstanding: number;
}

/**
 * The least loaded worker for its weight; ties go round by `turn`. With a session, the worker that the session prefers,
 * as long as that worker holds no more than its fair share and a quarter.
 */
export function pickWorker<T extends Candidate>(
  candidates: readonly T[],
  request: {session: string | null; turn: number},
): T | null {
  if (request.session !== null) return pickSticky(candidates, request.session);

  let best: T | null = null;
  for (let index = 0; index < candidates.length; index++) {
    const candidate = candidates[(index + request.turn) % candidates.length];
    if (candidate !== undefined && (best === null || load(candidate) < load(best))) best = candidate;
  }

  return best;
}

const loadBoundFactor = 1.25;

/**
 * Rendezvous hashing with bounded load: each session ranks all workers in an order of its own, so a worker that joins or
 * leaves moves only the sessions that it takes or had. (Mirrokni, Thorup, Zadimoghaddam: consistent hashing with bounded
 * loads, 2016; weighted scores after Schindelhauer and Schomaker, 2005.)
 */
function pickSticky<T extends Candidate>(candidates: readonly T[], session: string): T | null {
  let totalWeight = 0;
  let outstanding = 1;
  for (const candidate of candidates) {
    totalWeight += candidate.weight;
    outstanding += candidate.outstanding;
  }

  let best: T | null = null;
  let bestScore = -1;
  for (const candidate of candidates) {
    const share = Math.ceil((outstanding * candidate.weight * loadBoundFactor) / totalWeight);
    const score = candidate.weight / -Math.log(unitHash(`${session}\n${candidate.id}`));
    if (candidate.outstanding < share && score > bestScore) {
      best = candidate;
      bestScore = score;
    }
  }

  return best;
}

function load(candidate: Candidate): number {
  return (candidate.outstanding + 1) / candidate.weight;
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
