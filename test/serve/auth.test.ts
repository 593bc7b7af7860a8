import {expect, it} from 'vitest';
import type {ApiKey} from '../../src/core/tenancy/api-key.ts';
import {authenticate, presentedSecret, requireScope} from '../../src/serve/auth.ts';
import {emptySnapshot} from '../../src/serve/snapshot/snapshot.ts';
import {aKey} from '../contract/store/rows.ts';
import {FakeClock} from '../support/fake-clock.ts';

const nowMs = 1_000_000;
const hasher = {hash: (secret: string) => `hash of ${secret}`};
const rows = {clock: new FakeClock(), ids: {next: () => 'key_1', randomBytes: () => new Uint8Array()}};

function ask(key: Partial<ApiKey>, secret: string): ApiKey {
  const known = aKey({...rows, scope: {organizationId: 'org_1'}, userId: 'usr_1'}, {hash: 'hash of new', ...key});
  const keysByHash = new Map([known.hash, known.previousHash ?? ''].map(hash => [hash, known]));
  return authenticate({...emptySnapshot, keysByHash}, hasher, {authorization: `Bearer ${secret}`}, nowMs);
}

const rotated = {previousHash: 'hash of old', previousValidUntilMs: nowMs + 1};

it.each<[string, Partial<ApiKey>, string]>([
  ['a key', {}, 'new'],
  ['a key that expires in a moment', {expiresAtMs: nowMs + 1}, 'new'],
  ['a rotated key', rotated, 'new'],
  ['the secret before its rotation, for a while', rotated, 'old'],
])('takes %s', (_what, key, secret) => {
  expect(ask(key, secret).id).toBe('key_1');
});

it.each<[string, Partial<ApiKey>, string]>([
  ['another secret', {}, 'other'],
  ['a key that expired', {expiresAtMs: nowMs}, 'new'],
  ['a key that was revoked', {revokedAtMs: nowMs - 1}, 'new'],
  ['the secret before its rotation, when its time is over', {...rotated, previousValidUntilMs: nowMs}, 'old'],
  ['the secret before its rotation, of a key that was revoked', {...rotated, revokedAtMs: nowMs}, 'old'],
])('refuses %s, without repeating what was sent', (_what, key, secret) => {
  const refusal = expect.objectContaining({code: 'not_authenticated', message: expect.not.stringContaining(secret)});
  expect(() => ask(key, secret)).toThrow(refusal);
});

it('asks for one of the scopes', () => {
  const key = ask({scopes: ['models']}, 'new');
  requireScope(key, 'inference', 'models');
  expect(() => requireScope(key, 'inference')).toThrow(expect.objectContaining({code: 'not_allowed'}));
});

it.each<[string, Record<string, string>, string | null]>([
  ['a bearer in any case', {authorization: 'bEaReR  one '}, 'one'],
  ['a bearer before the others', {authorization: 'Bearer one', 'x-api-key': 'two', 'api-key': 'three'}, 'one'],
  ["Anthropic's header", {authorization: 'Basic abc', 'x-api-key': 'two'}, 'two'],
  ["Azure's header", {'api-key': 'three'}, 'three'],
  ['nothing', {authorization: 'Bearer'}, null],
  ['a secret of absurd length', {authorization: `Bearer ${'a'.repeat(513)}`}, null],
])('finds %s', (_what, headers, secret) => {
  expect(presentedSecret(headers)).toBe(secret);
});
