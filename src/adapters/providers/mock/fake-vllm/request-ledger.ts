type Outcome = 'open' | 'finished' | 'aborted' | 'failed' | 'rejected';

/** One inference request as the server saw it. Tokens count as in `usage`: the prompt once, all choices together. */
export interface RequestRecord {
  /** The id of the answer, such as `chatcmpl-...`. */
  id: string;
  /** The `X-Request-Id` header, if one was sent. */
  xRequestId: string | null;
  path: string;
  stream: boolean;
  receivedAtMs: number;
  endedAtMs: number | null;
  outcome: Outcome;
  status: number | null;
  /** Where an aborted request was: in the queue, before its first token, or answering. */
  abortedIn: 'waiting' | 'prefill' | 'decode' | null;
  promptTokens: number;
  cachedTokens: number;
  /** Tokens that the engine made. */
  completionTokens: number;
  /** Tokens written to the client's connection. */
  sentTokens: number;
}

interface TokenTotals {
  prompt: number;
  completion: number;
}

const RECORDS_MAX = 20_000;
const OUTCOMES = ['finished', 'aborted', 'failed', 'rejected'] as const;

/** What this server was asked and what it gave, for tests that compare a bill with it. */
export class RequestLedger {
  #records: RequestRecord[] = [];
  #open = new Set<RequestRecord>();
  #counts = zeroCounts();
  #tokens = zeroTokens();
  #received = 0;

  open(
    record: Pick<RequestRecord, 'id' | 'xRequestId' | 'path' | 'stream' | 'receivedAtMs' | 'promptTokens'>,
  ): RequestRecord {
    const full: RequestRecord = {
      ...record,
      endedAtMs: null,
      outcome: 'open',
      status: null,
      abortedIn: null,
      cachedTokens: 0,
      completionTokens: 0,
      sentTokens: 0,
    };
    this.#received += 1;
    this.#open.add(full);
    this.#records.push(full);
    if (this.#records.length > RECORDS_MAX) this.#records.shift();
    return full;
  }

  /** Ends a record; a second end is ignored. */
  close(record: RequestRecord, outcome: Exclude<Outcome, 'open'>, atMs: number): void {
    if (record.outcome !== 'open') return;
    record.outcome = outcome;
    record.endedAtMs = atMs;
    // Cleared by a reset while it ran: it belongs to no total any more.
    if (!this.#open.delete(record)) return;
    this.#counts[outcome] += 1;
    this.#tokens[outcome].completion += record.completionTokens;
    // A prompt that never had its first token was not computed (and not counted by /metrics either).
    const wasComputed = outcome === 'finished' || record.completionTokens > 0;
    if (wasComputed) this.#tokens[outcome].prompt += record.promptTokens;
  }

  records(outcome: string | null): RequestRecord[] {
    return outcome === null ? this.#records : this.#records.filter(record => record.outcome === outcome);
  }

  summary(): {requests: Record<string, number>; tokens: Record<string, TokenTotals>} {
    const totals = OUTCOMES.map(outcome => this.#tokens[outcome]);
    const sum = (part: keyof TokenTotals): number => totals.reduce((all, tokens) => all + tokens[part], 0);
    return {
      requests: {received: this.#received, open: this.#open.size, ...this.#counts},
      tokens: {total: {prompt: sum('prompt'), completion: sum('completion')}, ...this.#tokens},
    };
  }

  clear(): void {
    this.#records = [];
    this.#open = new Set();
    this.#counts = zeroCounts();
    this.#tokens = zeroTokens();
    this.#received = 0;
  }
}

function zeroCounts() {
  return {finished: 0, aborted: 0, failed: 0, rejected: 0};
}

function zeroTokens() {
  const zero = (): TokenTotals => ({prompt: 0, completion: 0});
  return {finished: zero(), aborted: zero(), failed: zero(), rejected: zero()};
}
