import {randomBytes} from 'node:crypto';
import {existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {
  findInstallationKey,
  type KeySources,
  moveKeyToFile,
  moveKeyToKeyring,
} from '../../../src/adapters/secrets/key-place.ts';
import type {Keyring} from '../../../src/adapters/secrets/keyring.ts';

let directory = '';
let sources: KeySources;
let keyring: FakeKeyring;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'inventiv-place-'));
  keyring = new FakeKeyring();
  sources = {
    ...{variable: null, file: null},
    ...{keyringNotePath: join(directory, 'secret.key.keyring'), keyFilePath: join(directory, 'secret.key')},
  };
});
afterEach(() => rmSync(directory, {recursive: true, force: true}));

class FakeKeyring implements Keyring {
  readonly entries = new Map<string, string>();
  locked = false;

  async read(account: string): Promise<string | null> {
    this.#refuseLocked();
    return this.entries.get(account) ?? null;
  }

  async write(account: string, secret: string): Promise<void> {
    this.#refuseLocked();
    this.entries.set(account, secret);
  }

  async remove(account: string): Promise<void> {
    this.#refuseLocked();
    this.entries.delete(account);
  }

  #refuseLocked(): void {
    if (this.locked) throw new Error('locked');
  }
}

const find = (changed: Partial<KeySources> = {}) => findInstallationKey({...sources, ...changed}, keyring);

describe('the key of an installation', () => {
  it('is looked for in the environment, a mounted file, the keyring, and the key file, in this order', async () => {
    const [first, second, third] = [randomBytes(32), randomBytes(32), randomBytes(32)];
    const mounted = join(directory, 'mounted');
    writeFileSync(mounted, second);
    keyring.entries.set('b0b6ee9b-0d1c-4f6e-8b11-1d2c3b4a5f60', third.toString('base64'));
    writeFileSync(sources.keyringNotePath, 'b0b6ee9b-0d1c-4f6e-8b11-1d2c3b4a5f60\n');
    const given = {variable: first.toString('hex'), file: mounted};
    expect((await find(given)).read()).toEqual(first);
    expect(Buffer.from((await find({file: mounted})).read())).toEqual(second);
    expect((await find()).read()).toEqual(third);
    rmSync(sources.keyringNotePath);
    const made = await find();
    expect(made.kind).toBe('key_file');
    expect(existsSync(sources.keyFilePath)).toBe(false);
    expect(made.read()).toHaveLength(32);
    expect(statSync(sources.keyFilePath).mode & 0o777).toBe(0o600);
  });

  it('is read as hexadecimal, base64 and base64url, with or without an end of line', async () => {
    const key = randomBytes(32);
    for (const text of [key.toString('hex'), key.toString('base64'), `${key.toString('base64url')}\n`]) {
      expect((await find({variable: text})).read()).toEqual(key);
      const mounted = join(directory, 'mounted');
      writeFileSync(mounted, text);
      expect(Buffer.from((await find({file: mounted})).read())).toEqual(key);
    }
  });

  it.each(['short', 'z'.repeat(64), '', randomBytes(31).toString('base64'), randomBytes(33).toString('hex')])(
    'is refused when it is not 32 bytes, and is not repeated: %s',
    async text => {
      const error: unknown = await find({variable: text}).catch(thrown => thrown);
      expect(error).toMatchObject({code: 'invalid_config', message: expect.stringContaining('INVENTIV_SECRET_KEY')});
      if (text !== '') expect(String(error)).not.toContain(text);
    },
  );

  it('is never looked for elsewhere, or made anew, when the keyring does not give it', async () => {
    const kept = (await find()).read();
    await moveKeyToKeyring(sources, keyring);
    keyring.locked = true;
    await expect(find()).rejects.toThrow('locked');
    keyring.locked = false;
    const [account] = keyring.entries.keys();
    keyring.entries.clear();
    await expect(find()).rejects.toMatchObject({detailCode: 'keyring_empty'});
    expect(existsSync(sources.keyFilePath)).toBe(false);
    keyring.entries.set(account ?? '', Buffer.from(kept).toString('base64'));
    expect((await find()).read()).toEqual(Buffer.from(kept));
  });
});

describe('moving the key', () => {
  it('into the keyring and back leaves one copy of the same key', async () => {
    const key = Buffer.from((await find()).read());
    const moved = await moveKeyToKeyring(sources, keyring);
    expect(moved.kind).toBe('keyring');
    expect(Buffer.from(moved.read())).toEqual(key);
    expect(existsSync(sources.keyFilePath)).toBe(false);
    expect(keyring.entries.size).toBe(1);
    expect(statSync(sources.keyringNotePath).mode & 0o777).toBe(0o600);
    expect(readFileSync(sources.keyringNotePath, 'utf8')).not.toContain(key.toString('base64'));
    await moveKeyToKeyring(sources, keyring);
    const back = await moveKeyToFile(sources, keyring);
    expect(back.kind).toBe('key_file');
    expect(Buffer.from(back.read())).toEqual(key);
    expect([keyring.entries.size, existsSync(sources.keyringNotePath)]).toEqual([0, false]);
    expect((await moveKeyToFile(sources, keyring)).kind).toBe('key_file');
  });

  it('changes nothing when the keyring refuses', async () => {
    const key = Buffer.from((await find()).read());
    keyring.locked = true;
    await expect(moveKeyToKeyring(sources, keyring)).rejects.toThrow('locked');
    expect(Buffer.from((await find()).read())).toEqual(key);
    expect(existsSync(sources.keyringNotePath)).toBe(false);
  });

  it('goes on after it stopped half-way', async () => {
    const key = Buffer.from((await find()).read());
    await moveKeyToKeyring(sources, keyring);
    writeFileSync(sources.keyFilePath, key, {mode: 0o600});
    expect((await moveKeyToKeyring(sources, keyring)).kind).toBe('keyring');
    expect(existsSync(sources.keyFilePath)).toBe(false);
    writeFileSync(sources.keyFilePath, key, {mode: 0o600});
    expect(Buffer.from((await moveKeyToFile(sources, keyring)).read())).toEqual(key);
  });

  it('never removes a key that is not the one in use', async () => {
    await find().then(({read}) => read());
    await moveKeyToKeyring(sources, keyring);
    writeFileSync(sources.keyFilePath, randomBytes(32), {mode: 0o600});
    await expect(moveKeyToKeyring(sources, keyring)).rejects.toMatchObject({code: 'conflict'});
    await expect(moveKeyToFile(sources, keyring)).rejects.toMatchObject({code: 'conflict'});
    expect(keyring.entries.size).toBe(1);
    expect(existsSync(sources.keyFilePath)).toBe(true);
  });

  it('is refused where the environment gives the key', async () => {
    const given = {...sources, variable: randomBytes(32).toString('hex')};
    await expect(moveKeyToKeyring(given, keyring)).rejects.toMatchObject({code: 'conflict'});
    expect(keyring.entries.size).toBe(0);
  });
});
