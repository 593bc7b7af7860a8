import {formatDuration} from '../../core/time.ts';
import {agoText, countText, untilText} from '../amounts.ts';
import {heading, renderFacts} from '../facts.ts';
import type {Screen} from '../screen.ts';
import type {CapsShape, KeyShape} from '../shapes.ts';
import {type Column, renderTable} from '../table.ts';
import {plural, printableLine} from '../text.ts';

export const keyColumnKeys = [
  'name',
  'prefix',
  'scopes',
  'models',
  'expires',
  'used',
  'state',
  'created',
  'id',
] as const;

export function renderKeys(keys: readonly KeyShape[], screen: Screen, columns?: readonly string[]): string {
  if (keys.length === 0) return 'No API keys. Make one:  inventiv keys create laptop';
  return renderTable(keys, keyColumns(screen), screen, columns);
}

export function renderKey(key: KeyShape, screen: Screen): string {
  return [
    `${heading(printableLine(key.name), screen)}  ${keyState(key, screen.nowMs)}`,
    '',
    ...renderFacts(
      [
        ['id', key.id],
        ['starts with', key.prefix],
        ['may', key.scopes.join(', ')],
        ['models', key.models === null ? 'all' : key.models.join(', ')],
        ['one request', capsText(key.caps)],
        ['created', agoText(key.createdAt, screen.nowMs)],
        ['expires', untilText(key.expiresAt, screen.nowMs)],
        ['last used', agoText(key.lastUsedAt, screen.nowMs, 'never')],
        ['revoked', key.revokedAt === null ? null : agoText(key.revokedAt, screen.nowMs)],
      ],
      screen,
    ),
  ].join('\n');
}

/** The only time the secret is shown. */
export function renderNewKey({key, secret}: {key: KeyShape; secret: string}, serveUrl: string, screen: Screen): string {
  return [
    `${screen.style.green(screen.symbols.done)} API key ${screen.style.bold(printableLine(key.name))}, expires ${untilText(key.expiresAt, screen.nowMs)}`,
    '',
    `  ${screen.style.bold(secret)}`,
    '',
    'It is shown this once and cannot be read again. Use it with "inventiv serve":',
    '',
    `  export OPENAI_BASE_URL=${serveUrl}/v1`,
    `  export OPENAI_API_KEY=${secret}`,
  ].join('\n');
}

function keyColumns(screen: Screen): Column<KeyShape>[] {
  return [
    {key: 'name', title: 'NAME', text: row => printableLine(row.name), paint: screen.style.bold, minColumns: 10},
    {key: 'prefix', title: 'STARTS WITH', text: row => row.prefix},
    {key: 'scopes', title: 'MAY', text: row => row.scopes.join(','), leaves: 3},
    {key: 'models', title: 'MODELS', text: row => row.models?.join(',') ?? 'all', minColumns: 8, leaves: 2},
    {key: 'expires', title: 'EXPIRES', text: row => untilText(row.expiresAt, screen.nowMs)},
    {key: 'used', title: 'LAST USED', text: row => agoText(row.lastUsedAt, screen.nowMs, 'never')},
    {key: 'state', title: 'STATE', text: row => keyState(row, screen.nowMs)},
    {key: 'created', title: 'CREATED', text: row => agoText(row.createdAt, screen.nowMs), optional: true},
    {key: 'id', title: 'ID', text: row => row.id, optional: true},
  ];
}

function capsText(caps: CapsShape | null): string | null {
  if (caps === null) return null;
  const {maxTokens, choices, batch, topLogprobs, allowedMembers = []} = caps;
  const {firstByteTimeoutMs, idleTimeoutMs, totalTimeoutMs} = caps;
  const parts = [
    maxTokens === undefined ? [] : `${countText(maxTokens)} tokens`,
    choices === undefined ? [] : plural(choices, 'choice'),
    batch === undefined ? [] : `a batch of ${countText(batch)}`,
    topLogprobs === undefined ? [] : `${topLogprobs} top logprobs`,
    firstByteTimeoutMs === undefined ? [] : `${formatDuration(firstByteTimeoutMs)} to the first byte`,
    idleTimeoutMs === undefined ? [] : `${formatDuration(idleTimeoutMs)} of pause`,
    totalTimeoutMs === undefined ? [] : `${formatDuration(totalTimeoutMs)} in all`,
  ].flat();
  const most = parts.length === 0 ? [] : [`at most ${parts.join(', ')}`];
  const allowed = allowedMembers.length === 0 ? [] : [`may set ${allowedMembers.join(', ')}`];
  return [...most, ...allowed].join('; ');
}

function keyState(key: KeyShape, nowMs: number): string {
  if (key.revokedAt !== null) return 'revoked';
  return key.expiresAt !== null && Date.parse(key.expiresAt) <= nowMs ? 'expired' : 'active';
}
