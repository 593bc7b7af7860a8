import type {LimitName} from '../../core/finops/limits.ts';
import {formatDuration} from '../../core/time.ts';
import {agoText, costText} from '../amounts.ts';
import {renderFacts} from '../facts.ts';
import type {Screen} from '../screen.ts';
import type {LimitsShape} from '../shapes.ts';
import {plural} from '../text.ts';

/** Facts about limits for a detail view; lines without meaning are left out. */
export function limitFacts(limits: LimitsShape | null, screen: Screen): (readonly [string, string | null])[] {
  if (limits === null) return [];
  return [
    ['limits', limitsText(limits, screen)],
    ['ends', endsText(limits, screen)],
    ['money left', limits.spendLeftNanos === null ? null : costText(limits.spendLeftNanos)],
  ];
}

/** `lives 8h 00m • costs €20.00 at most • 30m 00s without requests`. */
export function limitsText({ttlMs, spendMaxNanos, idleTimeoutMs}: LimitsShape, screen: Screen): string {
  const parts = [
    ttlMs === null ? null : `lives ${formatDuration(ttlMs)}`,
    spendMaxNanos === null ? null : `costs ${costText(spendMaxNanos)} at most`,
    idleTimeoutMs === null ? null : `${formatDuration(idleTimeoutMs)} without requests`,
  ];
  return parts.filter(part => part !== null).join(` ${screen.symbols.bullet} `) || 'none';
}

/** `by itself in 7h 12m (ttl), 2026-11-24T01:00:00.000Z`; null while nothing counts. */
export function endsText({endsAt, endsBy, timeLeftMs}: LimitsShape, screen: Screen): string | null {
  if (endsAt === null || endsBy === null || timeLeftMs === null) return null;
  return timeLeftMs === 0
    ? `now ${screen.symbols.bullet} ${limitWords[endsBy]}`
    : `by itself in ${formatDuration(timeLeftMs)} ${screen.symbols.bullet} ${limitWords[endsBy]} ${screen.symbols.bullet} ${endsAt}`;
}

/** For one cell of a table: what is left until it ends by itself. */
export function leftText(limits: LimitsShape | null, dash: string): string {
  if (limits?.timeLeftMs == null) return dash;
  return `${limits.timeLeftMs === 0 ? 'now' : formatDuration(limits.timeLeftMs)} ${limits.endsBy}`;
}

/** Why limits do nothing at present. */
export function renderUnenforced(enforcedAt: string | null, screen: Screen): string {
  const last = enforcedAt === null ? 'nobody has done so yet' : `last done ${agoText(enforcedAt, screen.nowMs)}`;
  return `Limits (--ttl, --max-spend, --idle-timeout) are enforced by a running "inventiv serve"; ${last}. Without one: inventiv instances enforce-limits`;
}

export function renderLimitsChanged(name: string, limits: LimitsShape | null, screen: Screen): string {
  if (limits === null) return `${name} has no limits: it runs, and costs, until it is taken down.`;
  return [screen.style.bold(name), ...renderFacts(limitFacts(limits, screen), screen)].join('\n');
}

export interface EnforcedShape {
  readonly checked: number;
  readonly warned: number;
  readonly failed: number;
  readonly ended: readonly {readonly name: string; readonly state: string; readonly reason: string | null}[];
}

export function renderEnforced({checked, warned, failed, ended}: EnforcedShape, screen: Screen): string {
  return [
    ...ended.map(({name, state, reason}) => `${screen.style.bold(name)} is ${state}: ${reason ?? 'limit reached'}`),
    `${plural(checked, 'instance')} with limits; ended ${ended.length}, near a limit ${warned}${failed === 0 ? '' : `, failed ${failed}`}`,
  ].join('\n');
}

const limitWords: Record<LimitName, string> = {
  ttl: 'its time (--ttl)',
  spend: 'its money (--max-spend)',
  idle: 'if no request comes (--idle-timeout)',
};
