import {heading} from '../facts.ts';
import type {Screen} from '../screen.ts';
import {type Column, renderTable} from '../table.ts';
import {printableLine} from '../text.ts';

export interface CandidateShape {
  readonly id: string;
  readonly name: string;
  readonly weight: number;
  readonly outstanding: number;
  readonly health: number;
  readonly foreign: number | null;
  readonly queued: number | null;
  readonly kvUsage: number | null;
  readonly load: number;
  readonly preference: number | null;
  readonly breaker: 'closed' | 'half_open' | 'open';
  readonly excluded: 'tried' | 'breaker' | null;
}

export interface AttemptShape {
  readonly startedAt: string;
  readonly durationMs: number | null;
  readonly candidates: readonly CandidateShape[];
  readonly chosen: string;
  readonly why: 'only' | 'least_loaded' | 'sticky' | 'sticky_overflow';
  readonly result: string | null;
  readonly errorCode: string | null;
}

export interface RoutingShape {
  readonly requestId: string;
  readonly model: string;
  readonly attempts: readonly AttemptShape[];
  readonly stopped: 'no_worker' | 'retry_budget' | 'attempts_max' | null;
}

const reasons = {
  only: 'it was the only one free',
  least_loaded: 'it had the least load',
  sticky: 'its session prefers it, and it was within its share of the load',
  sticky_overflow: 'its session prefers another, which was above its share of the load',
} as const;

const stops = {
  no_worker: 'No other worker was left to try.',
  retry_budget: 'No further worker was tried: the retry budget was spent.',
  attempts_max: 'No further worker was tried: the most attempts were made.',
} as const;

/** Each attempt with all candidates as they stood then, the chosen one marked. */
export function renderRouting(routing: RoutingShape, screen: Screen): string {
  const lines = [`${heading(routing.requestId, screen)}  ${printableLine(routing.model)}`];
  for (const [index, attempt] of routing.attempts.entries()) {
    lines.push(
      '',
      `${index + 1}. ${attemptText(attempt)}: ${reasons[attempt.why]}`,
      '',
      renderTable(attempt.candidates, candidateColumns(attempt, screen), screen),
    );
  }

  if (routing.attempts.length === 0) lines.push('', 'No worker was asked.');
  if (routing.stopped !== null) lines.push('', stops[routing.stopped]);
  return lines.join('\n');
}

/** `first: streamed in 120 ms` */
export function attemptText({candidates, chosen, result, errorCode, durationMs}: AttemptShape): string {
  const name = printableLine(candidates.find(({id}) => id === chosen)?.name ?? chosen);
  const error = errorCode === null ? '' : ` (${printableLine(errorCode)})`;
  return `${name}: ${result ?? 'running'}${error}${durationMs === null ? '' : ` in ${durationMs} ms`}`;
}

function candidateColumns({chosen}: AttemptShape, {symbols, style}: Screen): Column<CandidateShape>[] {
  const number = (value: number | null) => (value === null ? '' : String(Math.round(value * 100) / 100));
  return [
    {key: 'chosen', title: '', text: row => (row.id === chosen ? symbols.arrow : ' ')},
    {
      key: 'worker',
      title: 'WORKER',
      text: row => printableLine(row.name),
      paint: (text, row) => (row.excluded === null ? text : style.dim(text)),
      minColumns: 10,
      cut: 'middle',
    },
    {key: 'load', title: 'LOAD', text: row => number(row.load), align: 'right'},
    {key: 'preference', title: 'PREFERENCE', text: row => number(row.preference), align: 'right', leaves: 3},
    {key: 'ours', title: 'OURS', text: row => String(row.outstanding), align: 'right'},
    {key: 'others', title: 'OTHERS', text: row => number(row.foreign), align: 'right', leaves: 2},
    {key: 'queued', title: 'QUEUED', text: row => number(row.queued), align: 'right', leaves: 2},
    {
      key: 'kv',
      title: 'KV',
      text: row => (row.kvUsage === null ? '' : `${Math.round(row.kvUsage * 100)}%`),
      align: 'right',
      leaves: 2,
    },
    {key: 'gpus', title: 'GPUS', text: row => String(row.weight), align: 'right', leaves: 1},
    {key: 'health', title: 'HEALTH', text: row => number(row.health), align: 'right', leaves: 1},
    {
      key: 'state',
      title: '',
      text: row => {
        if (row.excluded === 'tried') return 'tried before';
        return row.breaker === 'closed' ? '' : `breaker ${row.breaker.replace('_', ' ')}`;
      },
    },
  ];
}
