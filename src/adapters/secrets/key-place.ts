import {randomUUID} from 'node:crypto';
import {existsSync, readFileSync, rmSync, statSync} from 'node:fs';
import {InventivError} from '../../core/errors.ts';
import {createPrivateFile} from '../private-file.ts';
import {keyFromText, keyToText, readKeyFile, readOrCreateKeyFile} from './key-file.ts';
import {type Keyring, keyringService} from './keyring.ts';

/** Where the installation's key may be; the first that applies wins, and what it holds is the only key there is. */
export interface KeySources {
  /** The key itself, as text. */
  readonly variable: string | null;
  /** A file with the key, mounted by somebody else. */
  readonly file: string | null;
  /** Says which entry of the system keyring has the key; null inside when it is not there. */
  readonly keyringNotePath: string;
  /** The key file of this installation, made when nothing else applies. */
  readonly keyFilePath: string;
}

export interface InstallationKey {
  /** For people: never the key. */
  readonly place: string;
  readonly kind: 'variable' | 'file' | 'keyring' | 'key_file';
  read(): Uint8Array;
}

/** Finds the key. The keyring is asked now, because it answers only later; the key file is made at its first use. */
export async function findInstallationKey(sources: KeySources, keyring: Keyring): Promise<InstallationKey> {
  const {variable, file, keyringNotePath, keyFilePath} = sources;
  if (variable !== null) {
    const key = keyFromText(variable, 'INVENTIV_SECRET_KEY');
    return {kind: 'variable', place: 'the variable INVENTIV_SECRET_KEY', read: () => key};
  }

  if (file !== null) {
    return {kind: 'file', place: `${file} (INVENTIV_SECRET_KEY_FILE)`, read: () => readMounted(file)};
  }

  const account = readNote(keyringNotePath);
  if (account === null) {
    return {kind: 'key_file', place: `${keyFilePath} (mode 0600)`, read: () => readOrCreateKeyFile(keyFilePath)};
  }

  const text = await keyring.read(account);
  if (text === null) {
    throw new InventivError('invalid_config', `The system keyring has no key "${keyringService}/${account}".`, {
      hint: `Unlock the keyring of the user who stored it. Only with a backup of the key: remove ${keyringNotePath} and put it back as ${keyFilePath}.`,
      detailCode: 'keyring_empty',
    });
  }

  const key = keyFromText(text, 'the entry in the system keyring');
  return {kind: 'keyring', place: `the system keyring (${keyringService}/${account})`, read: () => key};
}

/** Brings the key into the keyring, reads it back, and only then removes the key file. Safe to repeat after a crash. */
export async function moveKeyToKeyring(sources: KeySources, keyring: Keyring): Promise<InstallationKey> {
  refuseGiven(sources);
  const {keyringNotePath, keyFilePath} = sources;
  if (readNote(keyringNotePath) === null) {
    const account = randomUUID();
    await keyring.write(account, keyToText(readOrCreateKeyFile(keyFilePath)));
    createPrivateFile(keyringNotePath, 'note', () => `${account}\n`);
  }

  const moved = await findInstallationKey(sources, keyring);
  const left = existsSync(keyFilePath) ? readKeyFile(keyFilePath) : null;
  if (left !== null && !Buffer.from(left).equals(moved.read())) {
    throw new InventivError('conflict', `${keyFilePath} holds another key than the system keyring.`, {
      hint: 'Keep the one that opens the stored secrets ("inventiv doctor"), and move the other file away.',
    });
  }

  rmSync(keyFilePath, {force: true});
  return moved;
}

/** Brings the key back into a file, and only then removes it from the keyring. */
export async function moveKeyToFile(sources: KeySources, keyring: Keyring): Promise<InstallationKey> {
  refuseGiven(sources);
  const {keyringNotePath, keyFilePath} = sources;
  const account = readNote(keyringNotePath);
  if (account !== null) {
    const {read} = await findInstallationKey(sources, keyring);
    createPrivateFile(keyFilePath, 'key file', read);
    if (!Buffer.from(readKeyFile(keyFilePath) ?? []).equals(read())) {
      throw new InventivError('conflict', `${keyFilePath} holds another key than the system keyring.`, {
        hint: 'Move that file away, then run this again.',
      });
    }

    rmSync(keyringNotePath, {force: true});
    await keyring.remove(account);
  }

  return findInstallationKey(sources, keyring);
}

function refuseGiven({variable, file}: KeySources): void {
  if (variable === null && file === null) return;
  throw new InventivError('conflict', 'The key is given by the environment: there is nothing here to move.', {
    hint: 'Unset INVENTIV_SECRET_KEY and INVENTIV_SECRET_KEY_FILE first.',
  });
}

function readNote(path: string): string | null {
  if (statSync(path, {throwIfNoEntry: false}) === undefined) return null;
  const account = readFileSync(path, 'utf8').trim();
  if (/^[0-9a-f-]{36}$/.test(account)) return account;
  throw new InventivError('invalid_config', `${path} does not name an entry of the system keyring.`, {
    hint: 'Put it back from a backup of the state directory.',
  });
}

/** As it is, or as text: what mounts secrets may do either. */
function readMounted(path: string): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new InventivError('invalid_config', `INVENTIV_SECRET_KEY_FILE names ${path}, which could not be read.`, {
      hint: 'Correct the path, or its owner.',
      cause: error,
    });
  }

  return bytes.length === 32 ? bytes : keyFromText(Buffer.from(bytes).toString('utf8'), path);
}
