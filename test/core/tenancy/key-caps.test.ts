import {describe, expect, it} from 'vitest';
import {defaultCaps} from '../../../src/core/proxy/request-caps.ts';
import {capsForKey, changedCaps, clocksForKey} from '../../../src/core/tenancy/key-caps.ts';

describe('caps of a key', () => {
  it.each([
    [null, undefined, null],
    [null, 10, 10],
    [100, undefined, 100],
    [100, 10, 10],
    [100, 1000, 100],
  ])('of a server with %j and a key with %j are %j: never looser', (server, key, expected) => {
    expect(capsForKey({...defaultCaps, maxTokens: server}, {maxTokens: key}).maxTokens).toBe(expected);
  });

  it('let a key set members that others may not', () => {
    expect(capsForKey(defaultCaps, {allowedMembers: ['priority']}).allowedMembers).toEqual(['priority']);
  });

  it('tighten clocks and leave all other limits', () => {
    const server = {firstByteTimeoutMs: 10, idleTimeoutMs: 20, totalTimeoutMs: 30, attemptsMax: 3};
    expect(clocksForKey(server, {idleTimeoutMs: 5, totalTimeoutMs: 50})).toEqual({...server, idleTimeoutMs: 5});
    expect(clocksForKey(server, null)).toBe(server);
  });

  it('change one by one, and are nothing when the last is taken away', () => {
    expect(changedCaps(null, {maxTokens: 5})).toEqual({maxTokens: 5});
    expect(changedCaps({maxTokens: 5, batch: 2}, {maxTokens: null, choices: 1})).toEqual({batch: 2, choices: 1});
    expect(changedCaps({maxTokens: 5}, {maxTokens: null})).toBeNull();
  });
});
