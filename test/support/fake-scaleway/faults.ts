import type {MakeId} from './ids.ts';
import {booleanOf, isObject, type Json, type JsonObject, numberOf, stringOf, stringsOf} from './json.ts';

/** Faults that replace the answer of a call. */
export const CALL_FAULTS = [
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
] as const;

/** Faults in how things behave after a normal answer. */
export const BEHAVIOUR_FAULTS = [
  'availability',
  'no_stock_after_poweron',
  'slow_detach',
  'volume_delete_refused',
  'resize_stuck',
  'late_ip',
  'server_vanishes',
  'local_root',
] as const;

export type CallFaultKind = (typeof CALL_FAULTS)[number];
export type BehaviourFaultKind = (typeof BEHAVIOUR_FAULTS)[number];
export type FaultKind = CallFaultKind | BehaviourFaultKind;

export interface Fault {
  id: string;
  kind: FaultKind;
  /** HTTP method it applies to; any when null. */
  method: string | null;
  /** Regular expression on the path of the call; any when null. */
  path: string | null;
  /** Commercial types it applies to, for stock and behaviour faults; any when empty. */
  types: string[];
  zone: string | null;
  /** Matching calls let through first. */
  skip: number;
  /** How often it strikes before it is spent; null = until removed. */
  times: number | null;
  /** `before`: the call did nothing. `after`: the call did its work and only the answer is lost. */
  when: 'before' | 'after';
  /** Further settings, such as status, delayMs, resource, quota, current, reason, value. */
  settings: JsonObject;
  struck: number;
}

const FAULT_FIELDS = ['kind', 'method', 'path', 'types', 'zone', 'skip', 'times', 'when'];

export function isCallFault(kind: string): kind is CallFaultKind {
  return (CALL_FAULTS as readonly string[]).includes(kind);
}

/** The injection switches that are on. */
export class FaultBoard {
  #faults: Fault[] = [];
  #makeId: MakeId;

  constructor(makeId: MakeId) {
    this.#makeId = makeId;
  }

  /** Reads a fault as posted to /control/faults; the text says what is wrong with it. */
  add(body: Json | undefined): Fault | string {
    if (!isObject(body)) return 'expected a JSON object {kind, ...}';
    const kind = stringOf(body.kind) ?? '';
    const kinds: readonly string[] = [...CALL_FAULTS, ...BEHAVIOUR_FAULTS];
    if (!kinds.includes(kind)) return `unknown kind "${kind}"; expected one of ${kinds.join(', ')}`;
    if (body.path !== undefined && !isPattern(stringOf(body.path))) return 'path must be a regular expression';
    const isSwitch = ['availability', 'local_root', 'late_ip', 'slow_detach'].includes(kind);
    const fault: Fault = {
      id: this.#makeId(),
      kind: kind as FaultKind,
      method: stringOf(body.method)?.toUpperCase() ?? null,
      path: stringOf(body.path) ?? null,
      types: stringsOf(body.types) ?? [],
      zone: stringOf(body.zone) ?? null,
      skip: numberOf(body.skip) ?? 0,
      times: body.times === null ? null : (numberOf(body.times) ?? (isSwitch ? null : 1)),
      when: booleanOf(body.after) === true || body.when === 'after' ? 'after' : 'before',
      settings: Object.fromEntries(Object.entries(body).filter(([name]) => !FAULT_FIELDS.includes(name))),
      struck: 0,
    };
    this.#faults.push(fault);
    return fault;
  }

  list(): Fault[] {
    return [...this.#faults];
  }

  remove(id: string): boolean {
    const before = this.#faults.length;
    this.#faults = this.#faults.filter(fault => fault.id !== id);
    return this.#faults.length < before;
  }

  clear(): void {
    this.#faults = [];
  }

  /** The call fault that strikes this call, counted as used. */
  strikeCall(method: string, path: string, commercialType: string | undefined): Fault | undefined {
    return this.#strike(
      fault =>
        isCallFault(fault.kind) &&
        (fault.method === null || fault.method === method) &&
        (fault.path === null || new RegExp(fault.path).test(path)) &&
        (fault.types.length === 0 || (commercialType !== undefined && fault.types.includes(commercialType))),
    );
  }

  /** The behaviour fault of that kind that applies, counted as used. */
  strike(kind: BehaviourFaultKind, about: {type?: string; zone?: string; path?: string} = {}): Fault | undefined {
    return this.#strike(
      fault =>
        fault.kind === kind &&
        (fault.types.length === 0 || (about.type !== undefined && fault.types.includes(about.type))) &&
        (fault.zone === null || fault.zone === about.zone) &&
        (fault.path === null || (about.path !== undefined && new RegExp(fault.path).test(about.path))),
    );
  }

  #strike(matches: (fault: Fault) => boolean): Fault | undefined {
    for (const fault of this.#faults) {
      if (!matches(fault)) continue;
      if (fault.skip > 0) {
        fault.skip -= 1;
        continue;
      }
      if (fault.times !== null && fault.struck >= fault.times) continue;
      fault.struck += 1;
      return fault;
    }
    return undefined;
  }
}

function isPattern(text: string | undefined): boolean {
  try {
    return text !== undefined && new RegExp(text) instanceof RegExp;
  } catch {
    return false;
  }
}
