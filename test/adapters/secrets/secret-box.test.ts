import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {aesSecretBox, hmacHasher} from '../../../src/adapters/secrets/secret-box.ts';

const key = new Uint8Array(32).fill(1);
const box = aesSecretBox(() => key);
const refused = expect.objectContaining({code: 'invalid_config', hint: expect.stringContaining('secret.key')});

describe('the secret box', () => {
  it('gives back what was put in, in its context', () => {
    fc.assert(
      fc.property(fc.string({unit: 'grapheme'}), fc.string(), (text, context) => {
        expect(box.open(box.seal(text, context), context)).toBe(text);
      }),
    );
  });

  it('seals the same text differently each time, and shows nothing of it', () => {
    const sealed = [box.seal('hunter2-hunter2', 'a'), box.seal('hunter2-hunter2', 'a')];
    expect(sealed[0]).not.toBe(sealed[1]);
    expect(sealed.join()).not.toContain('hunter2');
    expect(sealed[0]).toMatch(/^v1\.[\w-]+$/);
  });

  it('does not open in another context', () => {
    expect(() => box.open(box.seal('text', 'worker-key:ins_1'), 'worker-key:ins_2')).toThrow(refused);
  });

  it('does not open with another key, and does not say what was inside', () => {
    const other = aesSecretBox(() => new Uint8Array(32).fill(2));
    expect(() => other.open(box.seal('hunter2', 'a'), 'a')).toThrow(refused);
  });

  it('does not open when a single character was altered', () => {
    const sealed = box.seal('some secret text', 'a');
    fc.assert(
      fc.property(fc.integer({min: 3, max: sealed.length - 2}), fc.constantFrom(...'ABCxyz019-_'), (at, letter) => {
        fc.pre(sealed[at] !== letter);
        expect(() => box.open(sealed.slice(0, at) + letter + sealed.slice(at + 1), 'a')).toThrow(refused);
      }),
    );
  });

  it.each(['', 'v1', 'v1.', 'v1.AAAA', 'v2.AAAA', 'plain text'])('refuses %j', text => {
    expect(() => box.open(text, 'a')).toThrow(refused);
  });

  it('reads the key when it is first needed, and once', () => {
    let reads = 0;
    const lazy = aesSecretBox(() => {
      reads += 1;
      return key;
    });
    expect(reads).toBe(0);
    lazy.open(lazy.seal('a', 'b'), 'b');
    expect(reads).toBe(1);
  });
});

describe('the hasher of secrets', () => {
  it('is stable, keyed, and not the key of the box', () => {
    const hasher = hmacHasher(() => key);
    expect(hasher.hash('inv-abc')).toMatch(/^[0-9a-f]{64}$/);
    expect(hmacHasher(() => key).hash('inv-abc')).toBe(hasher.hash('inv-abc'));
    expect(hmacHasher(() => new Uint8Array(32).fill(2)).hash('inv-abc')).not.toBe(hasher.hash('inv-abc'));
    expect(hasher.hash('inv-abd')).not.toBe(hasher.hash('inv-abc'));
  });
});
