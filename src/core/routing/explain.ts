import type {EpochMs} from '../time.ts';
import type {BreakerState} from './breaker.ts';
import type {Candidate, PickRequest} from './pick.ts';
import {loadOf, preferenceOf} from './pick.ts';
import type {AttemptTrace, CandidateTrace} from './request-trace.ts';
import {freshCorrection} from './worker-load.ts';

/** A candidate with what only an explanation needs. */
export interface ExplainedCandidate extends Candidate {
  readonly name: string;
  breakerState(nowMs: EpochMs): BreakerState;
}

/** A choice as it is remembered. */
export type Choice = Pick<AttemptTrace, 'candidates' | 'chosen' | 'why'>;

/** More are left out: a trace is kept for every request. */
const candidatesMax = 16;

/** Why this worker, of these, at this moment. To be made before the choice changes anything. */
export function explainChoice<T extends ExplainedCandidate>(
  workers: readonly T[],
  choice: {chosen: T; free: readonly T[]; tried: ReadonlySet<T>},
  request: PickRequest,
): Choice {
  const candidates = workers
    .slice(0, candidatesMax)
    .map(worker => traceOf(worker, request, excludedBecause(worker, choice)));
  return {candidates, chosen: choice.chosen.id, why: reasonOf(choice, request)};
}

function reasonOf<T extends ExplainedCandidate>(
  {chosen, free}: {chosen: T; free: readonly T[]},
  {session}: PickRequest,
): AttemptTrace['why'] {
  if (free.length === 1) return 'only';
  if (session === null) return 'least_loaded';
  const best = Math.max(...free.map(worker => preferenceOf(session, worker)));
  return preferenceOf(session, chosen) === best ? 'sticky' : 'sticky_overflow';
}

function excludedBecause<T extends ExplainedCandidate>(
  worker: T,
  {free, tried}: {free: readonly T[]; tried: ReadonlySet<T>},
): CandidateTrace['excluded'] {
  if (tried.has(worker)) return 'tried';
  return free.includes(worker) ? null : 'breaker';
}

function traceOf(
  worker: ExplainedCandidate,
  {session, nowMs}: PickRequest,
  excluded: CandidateTrace['excluded'],
): CandidateTrace {
  const correction = freshCorrection(worker.correction, nowMs);
  return {
    id: worker.id,
    name: worker.name,
    weight: worker.weight,
    outstanding: worker.outstanding,
    health: worker.health,
    foreign: correction?.foreign ?? null,
    queued: correction?.queued ?? null,
    kvUsage: correction?.kvUsage ?? null,
    load: loadOf(worker, nowMs),
    preference: session === null ? null : preferenceOf(session, worker),
    breaker: worker.breakerState(nowMs),
    excluded,
  };
}
