import type {UsageRecord} from '../../src/core/finops/usage.ts';
import type {EngineRecord} from '../serve/support/fake-vllm.ts';

export interface Tokens {
  requests: number;
  prompt: number;
  completion: number;
}

export interface Comparison {
  /** Everything that engines computed. */
  readonly engines: Tokens;
  /** What the ledger bills. */
  readonly ledger: Tokens;
  /** Lines of requests that came to their end. */
  readonly completedLines: number;
  /** Attempts after which another worker was asked. */
  readonly retried: Tokens;
  /** Whole answers that failed: the engine made something, the client got nothing and pays nothing. */
  readonly failed: Tokens;
  /** In flight when `serve` was killed: never answered, never billed. */
  readonly killed: Tokens;
  /** Lines whose tokens are not those of the engine's record of the same attempt, or that have no such record. */
  readonly differing: readonly {readonly line: UsageRecord; readonly engine: Tokens | null}[];
  /** engines - ledger - retried - failed - killed. */
  readonly difference: Tokens;
}

/** Matches the ledger with the engines' own records, attempt by attempt, by the request id that the proxy sent along. */
export function compareLedger(lines: readonly UsageRecord[], records: readonly EngineRecord[]): Comparison {
  const lineById = new Map(lines.map(line => [line.requestId, line]));
  const sums = {engines: none(), retried: none(), failed: none(), killed: none()};
  const answered = new Map<string, Tokens>();
  for (const record of records) {
    const made = computed(record);
    add(sums.engines, made);
    const [, id = '', attempt = ''] = /^(.*)-(\d+)$/.exec(record.xRequestId ?? '') ?? [];
    const line = lineById.get(id);
    if (line === undefined) add(sums.killed, made);
    else if (Number(attempt) !== line.attempts) add(sums.retried, made);
    else if (line.outcome === 'failed' && line.firstTokenMs === null) add(sums.failed, made);
    else answered.set(id, made);
  }

  const ledger = none();
  for (const line of lines) add(ledger, {requests: 1, prompt: line.promptTokens, completion: line.completionTokens});
  const differing = lines
    .map(line => ({line, engine: answered.get(line.requestId) ?? null}))
    .filter(({line, engine}) => !isSame(line, engine));
  const difference = none();
  const {engines, retried, failed, killed} = sums;
  for (const part of ['prompt', 'completion'] as const)
    difference[part] = engines[part] - ledger[part] - retried[part] - failed[part] - killed[part];
  const completedLines = lines.filter(({outcome}) => outcome === 'completed').length;
  return {...sums, ledger, completedLines, differing, difference};
}

function none(): Tokens {
  return {requests: 0, prompt: 0, completion: 0};
}

function add(sum: Tokens, more: Tokens): void {
  sum.requests += more.requests;
  sum.prompt += more.prompt;
  sum.completion += more.completion;
}

/** A prompt without a first token was not computed. */
function computed({outcome, promptTokens, completionTokens}: EngineRecord): Tokens {
  const isComputed = outcome === 'finished' || completionTokens > 0;
  return {requests: 1, prompt: isComputed ? promptTokens : 0, completion: completionTokens};
}

function isSame({promptTokens, completionTokens}: UsageRecord, engine: Tokens | null): boolean {
  return promptTokens === (engine?.prompt ?? 0) && completionTokens === (engine?.completion ?? 0);
}
