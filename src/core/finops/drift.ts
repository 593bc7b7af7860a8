import type {EpochMs} from '../time.ts';

export interface TokenSums {
  readonly prompt: number;
  readonly completion: number;
}

/**
 * even: engine and ledger tell the same; engine_more: work that is on no line (waste, whole answers given up, callers past
 * the proxy); ledger_more: an error, or an engine that lost its counters; busy: requests are under way, ask again; unknown:
 * the worker does not tell.
 */
export type DriftVerdict = 'even' | 'engine_more' | 'ledger_more' | 'busy' | 'unknown';

/** One instance's own counters against its lines in the ledger. */
export interface UsageDrift {
  readonly instanceId: string;
  readonly instanceName: string;
  readonly verdict: DriftVerdict;
  /** Since the engines started; null when they do not tell. */
  readonly engine: TokenSums | null;
  readonly ledger: TokenSums;
  /** What readiness asked for itself: on no bill. */
  readonly probes: TokenSums;
  /** engine - ledger - probes. */
  readonly difference: TokenSums | null;
  /** Lines that the engine told nothing exact about: what may explain a difference. */
  readonly estimatedLines: number;
  readonly sampledAtMs: EpochMs | null;
}

export function driftOf(
  engine: TokenSums | null,
  {ledger, probes, isBusy}: {ledger: TokenSums; probes: TokenSums; isBusy: boolean},
): {verdict: DriftVerdict; difference: TokenSums | null} {
  if (engine === null) return {verdict: 'unknown', difference: null};
  const difference = {
    prompt: engine.prompt - ledger.prompt - probes.prompt,
    completion: engine.completion - ledger.completion - probes.completion,
  };
  if (isBusy) return {verdict: 'busy', difference};
  if (difference.prompt < 0 || difference.completion < 0) return {verdict: 'ledger_more', difference};
  const isEven = difference.prompt === 0 && difference.completion === 0;
  return {verdict: isEven ? 'even' : 'engine_more', difference};
}
