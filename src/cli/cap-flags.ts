import {custom} from '@oclif/core/flags';
import {InventivError} from '../core/errors.ts';
import {forbiddenMembers} from '../core/proxy/forbidden-members.ts';
import type {KeyCaps} from '../core/tenancy/key-caps.ts';
import {parseDurationMs} from '../core/time.ts';

/** Flags of `keys create` and `keys update`: what one request with a key may ask for. */
export const capFlags = {
  'max-tokens': countFlag('max-tokens', 'longest answer, also where a request names no bound'),
  'max-choices': countFlag('max-choices', 'most answers to one prompt (n, best_of)'),
  'max-batch': countFlag('max-batch', 'most prompts, inputs or documents in one request'),
  'max-top-logprobs': countFlag('max-top-logprobs', 'most alternatives per token (top_logprobs)', 0),
  'first-byte-timeout': timeFlag('first-byte-timeout', 'longest wait for the first byte of an answer'),
  'idle-timeout': timeFlag('idle-timeout', 'longest pause in a stream'),
  'total-timeout': timeFlag('total-timeout', 'longest time for a whole request'),
  allow: custom<KeyCaps['allowedMembers'] | null>({
    description: `members that are taken out of other requests, separated by commas: ${forbiddenMembers.join(', ')}`,
    helpValue: 'a,b',
    helpGroup: 'CAPS',
    parse: async text => parseMembers(text),
  })(),
};

export type CapFlags = {
  readonly [Name in Exclude<keyof typeof capFlags, 'allow'>]?: number | null | undefined;
} & {readonly allow?: KeyCaps['allowedMembers'] | null | undefined};

/** Only what was said; null takes a cap away. */
export function capsOf(flags: CapFlags): {[Name in keyof KeyCaps]?: KeyCaps[Name] | null} {
  const all = {
    maxTokens: flags['max-tokens'],
    choices: flags['max-choices'],
    batch: flags['max-batch'],
    topLogprobs: flags['max-top-logprobs'],
    firstByteTimeoutMs: flags['first-byte-timeout'],
    idleTimeoutMs: flags['idle-timeout'],
    totalTimeoutMs: flags['total-timeout'],
    allowedMembers: flags.allow,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

function countFlag(name: string, description: string, min = 1) {
  return custom<number | null>({
    description,
    helpValue: '4096|none',
    helpGroup: 'CAPS',
    parse: async text => {
      if (text === 'none') return null;
      const value = /^\d{1,9}$/.test(text) ? Number(text) : -1;
      if (value >= min) return value;
      throw expected(name, `a whole number from ${min} up, or none`, text);
    },
  })();
}

function timeFlag(name: string, description: string) {
  return custom<number | null>({
    description,
    helpValue: '30s|none',
    helpGroup: 'CAPS',
    parse: async text => (text === 'none' ? null : parseDurationMs(text, `--${name}`)),
  })();
}

function parseMembers(text: string): KeyCaps['allowedMembers'] | null {
  if (text === 'none') return null;
  return text.split(',').map(part => {
    const found = forbiddenMembers.find(member => member === part.trim());
    if (found === undefined) throw expected('allow', `some of ${forbiddenMembers.join(', ')}, or none`, part);
    return found;
  });
}

function expected(name: string, what: string, got: string): InventivError {
  return new InventivError('invalid_input', `--${name}: expected ${what}, got "${got.slice(0, 40)}".`, {
    param: `--${name}`,
  });
}
