import {bytesText, clockText, countText} from '../amounts.ts';
import {heading, renderFacts} from '../facts.ts';
import type {Screen} from '../screen.ts';
import {type Column, renderTable} from '../table.ts';
import {padStart, plural, printableLine, textWidth, truncateEnd} from '../text.ts';
import type {AttemptShape} from './routing-view.ts';
import {attemptText} from './routing-view.ts';

export interface RequestShape {
  readonly requestId: string;
  readonly clientRequestId: string;
  readonly process: number;
  readonly keyId: string;
  readonly endpoint: string;
  readonly model: string;
  readonly streamed: boolean;
  readonly hasSession: boolean;
  readonly bodyBytes: number;
  readonly prompts: readonly {readonly level: string; readonly version: number}[];
  readonly startedAt: string;
  readonly attempts: readonly AttemptShape[];
  readonly durationMs: number | null;
  readonly firstTokenMs: number | null;
  readonly overheadMs: number | null;
  readonly status: number | null;
  readonly outcome: string | null;
  readonly promptTokens: number | null;
  readonly cachedPromptTokens: number | null;
  readonly completionTokens: number | null;
  readonly estimated: boolean | null;
}

export const requestColumnKeys = [
  'time',
  'status',
  'endpoint',
  'model',
  'worker',
  'first',
  'took',
  'in',
  'out',
  'tries',
  'id',
  'key',
] as const;

export function renderRequests(requests: readonly RequestShape[], screen: Screen, columns?: readonly string[]): string {
  if (requests.length === 0) return 'No requests remembered.';
  return renderTable(requests, requestColumns(screen), screen, columns);
}

/** `14:03:22  200   1.20 s      14 in      40 out  acme/chat-8b  gpu-a  chat/completions  req_...`, cut to the screen. */
export function renderRequestLine(request: RequestShape, screen: Screen): string {
  const {promptTokens, completionTokens, attempts} = request;
  const head = `${clockText(request.startedAt)}  `;
  const status = statusText(request);
  const facts = [
    padStart(msText(request.durationMs) ?? '', 7),
    padStart(promptTokens === null ? '' : `${countText(promptTokens)} in`, 9),
    padStart(completionTokens === null ? '' : `${countText(completionTokens)} out`, 9),
    request.model,
    workerName(request),
    ...(attempts.length > 1 ? [plural(attempts.length, 'attempt')] : []),
    request.endpoint,
    request.requestId,
  ].filter(fact => fact !== '');
  const room = Math.max(0, screen.columns - textWidth(head) - textWidth(status) - 2);
  const told = truncateEnd(facts.map(printableLine).join('  '), room, screen.symbols.ellipsis);
  return `${head}${paintStatus(request, status, screen)}  ${told}`;
}

export function renderRequest(request: RequestShape, screen: Screen): string {
  const {promptTokens, cachedPromptTokens, completionTokens} = request;
  const cached = cachedPromptTokens ? ` (${countText(cachedPromptTokens)} from cache)` : '';
  const guess = request.estimated === true ? ', estimated' : '';
  const tokens =
    promptTokens === null
      ? null
      : `${countText(promptTokens)} in${cached}, ${countText(completionTokens ?? 0)} out${guess}`;
  const client = request.clientRequestId === request.requestId ? null : printableLine(request.clientRequestId);
  return [
    `${heading(request.requestId, screen)}  ${paintStatus(request, statusText(request), screen)}`,
    '',
    ...renderFacts(
      [
        ['x-request-id', client],
        ['endpoint', `/v1/${request.endpoint}${request.streamed ? ', streamed' : ''}`],
        ['model', printableLine(request.model)],
        ['key', request.keyId],
        ['body', bytesText(request.bodyBytes)],
        [
          'system prompts',
          request.prompts.length === 0
            ? null
            : request.prompts.map(({level, version}) => `${level} v${version}`).join(', '),
        ],
        ['began', clockText(request.startedAt)],
        [
          'proxy took',
          request.overheadMs === null ? null : `${request.overheadMs.toFixed(2)} ms before asking a worker`,
        ],
        ['first token', msText(request.firstTokenMs)],
        ['took', msText(request.durationMs)],
        ['tokens', tokens],
        ['session', request.hasSession ? 'yes' : null],
        ['process', String(request.process)],
      ],
      screen,
    ),
    '',
    heading(plural(request.attempts.length, 'attempt'), screen),
    ...request.attempts.map(attempt => `  ${attemptText(attempt)}`),
  ].join('\n');
}

function requestColumns(screen: Screen): Column<RequestShape>[] {
  return [
    {key: 'time', title: 'TIME', text: row => clockText(row.startedAt)},
    {key: 'status', title: 'STATUS', text: statusText, paint: (text, row) => paintStatus(row, text, screen)},
    {key: 'endpoint', title: 'ENDPOINT', text: row => row.endpoint, minColumns: 10, leaves: 2},
    {key: 'model', title: 'MODEL', text: row => printableLine(row.model), minColumns: 12, cut: 'path'},
    {key: 'worker', title: 'WORKER', text: row => workerName(row), minColumns: 10, cut: 'middle'},
    {key: 'first', title: 'FIRST', text: row => msText(row.firstTokenMs) ?? '', align: 'right', leaves: 3},
    {key: 'took', title: 'TOOK', text: row => msText(row.durationMs) ?? '', align: 'right'},
    {
      key: 'in',
      title: 'IN',
      text: row => (row.promptTokens === null ? '' : countText(row.promptTokens)),
      align: 'right',
    },
    {
      key: 'out',
      title: 'OUT',
      text: row => (row.completionTokens === null ? '' : countText(row.completionTokens)),
      align: 'right',
    },
    {key: 'tries', title: 'TRIES', text: row => String(row.attempts.length), align: 'right', leaves: 4},
    {key: 'id', title: 'ID', text: row => row.requestId, leaves: 1},
    {key: 'key', title: 'KEY', text: row => row.keyId, optional: true},
  ];
}

function workerName({attempts}: RequestShape): string {
  const last = attempts.at(-1);
  return printableLine(last?.candidates.find(({id}) => id === last.chosen)?.name ?? last?.chosen ?? '');
}

function statusText({status, outcome}: RequestShape): string {
  if (status === null) return 'running';
  return outcome === 'completed' ? String(status) : `${status} ${outcome}`;
}

function paintStatus({status}: RequestShape, text: string, {style}: Screen): string {
  if (status === null) return style.dim(text);
  if (status < 400) return style.green(text);
  return status < 500 ? style.yellow(text) : style.red(text);
}

function msText(ms: number | null): string | null {
  if (ms === null) return null;
  return ms < 10_000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
