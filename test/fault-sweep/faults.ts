import {hourMs, minuteMs} from '../../src/core/time.ts';
import type {BehaviourFaultKind, CallFaultKind} from '../support/fake-scaleway/faults.ts';
import type {JsonObject} from '../support/fake-scaleway/json.ts';

/** When the fault is switched on: before the request is planned, before it is driven, or before it is taken down. */
export type Phase = 'plan' | 'up' | 'down';

/** A call of the undisturbed run: what the table has a line for. */
export interface SweptCall {
  readonly phase: Phase;
  readonly template: string;
}

/** Something that goes wrong, as the fake is told it. */
export interface SweptFault {
  readonly name: string;
  readonly body: JsonObject;
  /** After which it is over by itself; without it, once it has struck as often as it says. */
  readonly lastsMs?: number;
}

/** More than all retries of a call and a step together; refusals are not retried, except by a teardown. */
const stormTimes = 36;
const refusedTimes = 6;

/** Kinds whose answer says nothing about whether the call was done: they come with it done, too. */
const ambiguous: readonly CallFaultKind[] = [
  'server_error',
  'bad_gateway',
  'malformed_json',
  'hang',
  'connection_reset',
];
const once: readonly CallFaultKind[] = [
  'denied_authentication',
  'permissions_denied',
  'quotas_exceeded',
  'out_of_stock',
  'rate_limited',
  'server_error',
  'bad_gateway',
  'transient_state',
  'not_found',
  'malformed_json',
  'hang',
  'connection_reset',
  'slow',
];
/** What lasts as a rule: a wrong key, a missing right, a limit. */
const refusals: readonly CallFaultKind[] = [
  'denied_authentication',
  'permissions_denied',
  'quotas_exceeded',
  'out_of_stock',
];
/** An API that is down. */
const outages: readonly CallFaultKind[] = ['rate_limited', 'bad_gateway', 'malformed_json', 'connection_reset'];

/** Every way in which the call may go wrong, by name. */
export function faultsOf(call: SweptCall): readonly SweptFault[] {
  const target = targetOf(call.template);
  const isChange = !call.template.startsWith('GET ');
  const named = (name: string, kind: CallFaultKind, more: JsonObject = {}): SweptFault => ({
    name,
    body: {kind, ...target, delayMs: 50, ...more},
  });
  return [
    ...once.map(kind => named(kind, kind)),
    ...ambiguous.filter(() => isChange).map(kind => named(`${kind}, done`, kind, {when: 'after'})),
    ...refusals.map(kind => named(`${kind} x${refusedTimes}`, kind, {times: refusedTimes})),
    ...outages.map(kind => named(`${kind} x${stormTimes}`, kind, {times: stormTimes})),
  ];
}

/** What goes wrong at the provider behind answers that are right, and when that shows. */
export const behaviours: readonly (SweptFault & {readonly phase: Phase})[] = (
  [
    ['up', 'availability', {types: ['L4-1-24G'], zone: 'fr-par-2', value: 'shortage'}],
    ['up', 'no_stock_after_poweron', {}],
    ['up', 'late_ip', {delayMs: 3 * minuteMs}],
    ['up', 'late_ip', {delayMs: hourMs}],
    ['up', 'server_vanishes', {delayMs: 0}],
    ['up', 'resize_stuck', {}],
    ['up', 'local_root', {}],
    ['down', 'slow_detach', {delayMs: 5 * minuteMs}],
    ['down', 'slow_detach', {delayMs: hourMs}],
    ['down', 'volume_delete_refused', {}],
  ] satisfies (readonly [Phase, BehaviourFaultKind, JsonObject])[]
).map(([phase, kind, settings]) => {
  const delay = 'delayMs' in settings && settings.delayMs > 0 ? ` ${settings.delayMs / minuteMs}m` : '';
  return {phase, name: `${kind}${delay}`, body: {kind, ...settings}};
});

/** No call of any kind works for an hour. */
export const outagesOfAll: readonly (SweptFault & {readonly phase: Phase})[] = (
  ['plan', 'up', 'down'] as const
).flatMap(phase =>
  [...outages, 'denied_authentication' as const].map(kind => ({
    phase,
    name: `${kind} 60m`,
    body: {kind, times: null},
    lastsMs: hourMs,
  })),
);

/** `GET /instance/v1/zones/{zone}/servers/{server}` as the method and the pattern that the fake wants. */
function targetOf(template: string): {method: string; path: string} {
  const [method = '', path = ''] = template.split(' ');
  return {method, path: `^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`};
}
