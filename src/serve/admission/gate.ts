import type {ErrorCode} from '../../core/errors.ts';
import {InventivError} from '../../core/errors.ts';
import type {UsageRecord} from '../../core/finops/usage.ts';
import type {LimitScope, LimitSubject} from '../../core/limits/scope.ts';
import type {ProxyEndpoint} from '../../core/proxy/endpoints.ts';
import type {TokenDemand} from '../../core/proxy/token-demand.ts';
import type {EpochMs} from '../../core/time.ts';

/** What admission decides on. Plain data: it crosses from a data-plane process to the primary. */
export interface AdmissionRequest extends LimitSubject, TokenDemand {
  /** Ours; identifies what is held until the request is over. */
  readonly requestId: string;
  readonly endpoint: ProxyEndpoint;
  readonly startedAtMs: EpochMs;
  /** The most that it may cost. */
  readonly amountNanosMax: number;
}

/** Lets requests in that some limit concerns, or not. */
export interface Admission {
  /** At once where this process decides itself; a data-plane process has to ask. Never throws, never rejects. */
  admit(request: AdmissionRequest): Verdict | Promise<Verdict>;
}

/**
 * One reason to refuse requests: rates, budgets. Gates are listed once, in `serve/server.ts`. With `serve --workers` they
 * live in the primary alone, so that what they count is exact; data-plane processes ask it. Memory is all they have: what
 * must outlive this process is in the store, by `settle` or by the ledger.
 */
export interface Gate {
  /**
   * Reads the rules anew, and says whose requests they concern; requests outside all scopes reach no gate. Called with
   * each snapshot: soon after an event of the topics `keys`, `instances` or `limits`, and every few seconds.
   */
  refresh(): Promise<readonly LimitScope[]>;
  /** Takes what the request may use, or says why not; then it took nothing. At once, from memory. Must not throw. */
  enter(request: AdmissionRequest): Verdict;
}

export type Verdict = Grant | Refusal;

/**
 * What a gate holds for one request. Ended exactly once, by `settle` or by `release`: the chain sees to that, also when the
 * client leaves, when a later gate refuses, and when a data-plane process dies (then with the record of its crash journal).
 */
export interface Grant {
  readonly kind: 'granted';
  /** For the answer, whatever becomes of the request. */
  readonly headers: Headers;
  /** The request is over: what it was held for becomes what it used. Exactly the record that goes to the ledger. */
  settle(record: UsageRecord): void;
  /** The request was never begun: all that was held goes back, as if it had not come. */
  release(): void;
}

/** Why not. Plain data, like the request. */
export interface Refusal {
  readonly kind: 'refused';
  /** Which limit it was, as a label of metrics: a few fixed words, never names or ids. */
  readonly limit: string;
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
  /** When the same request may be let in; null when sending it again cannot help, which clients are told too. */
  readonly retryAfterMs: number | null;
  readonly headers: Headers;
}

export type Headers = Readonly<Record<string, string>>;

export const noHeaders: Headers = {};

export function refusalError({code, message, hint, retryAfterMs}: Refusal): InventivError {
  return new InventivError(code, message, {
    ...(hint !== undefined && {hint}),
    ...(retryAfterMs !== null && {retryAfterMs}),
    retryable: retryAfterMs !== null,
  });
}
