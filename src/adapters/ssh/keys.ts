import {readFileSync, statSync} from 'node:fs';
import {shellQuote} from '../../core/bootstrap/shell-quote.ts';
import {InventivError} from '../../core/errors.ts';
import {createPrivateFile} from '../private-file.ts';
import {makeEd25519Key} from './openssh-key.ts';

const keyBytesMax = 64 * 1024;
const opensshMagic = 'openssh-key-v1\0';
const installationComment = 'inventiv';

/** What a login may use, tried in this order: the private keys, then the agent. */
export interface SshKeys {
  readonly privateKeys: readonly SshPrivateKey[];
  /** Path of the agent's socket, as in `SSH_AUTH_SOCK`. */
  readonly agentSocket: string | null;
}

export interface SshPrivateKey {
  /** For messages. */
  readonly label: string;
  readonly privateKey: string;
}

export interface SshKeySources {
  /** Private key files that were asked for; each has to be fit, or the call fails. */
  readonly files: readonly string[];
  /** Where this installation's own key is, made when it is not there; null: none is used. */
  readonly installationKeyPath: string | null;
  readonly agentSocket: string | null;
}

/** Reads the keys of a login. Errors are `invalid_config`, each with what to type. */
export async function readSshKeys({files, installationKeyPath, agentSocket}: SshKeySources): Promise<SshKeys> {
  if (installationKeyPath !== null) await readOrCreateInstallationKey(installationKeyPath);
  const privateKeys: SshPrivateKey[] = [];
  for (const path of installationKeyPath === null ? files : [...files, installationKeyPath]) {
    const privateKey = readKey(path);
    await parse(path, privateKey);
    privateKeys.push({label: `key file ${path}`, privateKey});
  }

  if (privateKeys.length === 0 && (agentSocket === null || agentSocket === ''))
    throw new InventivError('invalid_config', 'expected an SSH key: there is no agent and no key file.', {
      hint: 'Start an agent (eval "$(ssh-agent)" && ssh-add), or give a key file.',
    });
  return {privateKeys, agentSocket: agentSocket === '' ? null : agentSocket};
}

/**
 * This installation's own key, made at first use with mode 0600. Returns the line for `authorized_keys`.
 */
export async function readOrCreateInstallationKey(path: string): Promise<string> {
  if (statSync(path, {throwIfNoEntry: false}) === undefined) {
    createPrivateFile(path, 'SSH key', () => makeEd25519Key(installationComment).privateKey);
  }

  const {type, publicKey} = await parse(path, readKey(path));
  return `${type} ${publicKey} ${installationComment}`;
}

function readKey(path: string): string {
  let text: string;
  let mode: number;
  try {
    const stats = statSync(path);
    if (stats.size > keyBytesMax) throw notAKey(path);
    mode = stats.mode;
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof InventivError) throw error;
    const why = hasCode(error, 'ENOENT') ? ': there is no such file' : '';
    throw new InventivError('invalid_config', `The SSH key ${path} could not be read${why}.`, {
      hint: `Check the path, or make one: ssh-keygen -t ed25519 -N '' -f ${shellQuote(path)}`,
      cause: error,
    });
  }

  if (/^(ssh|ecdsa|sk)-[a-z0-9@.-]+ /.test(text)) {
    throw new InventivError(
      'invalid_config',
      `${path} is the public half of an SSH key; the private one was expected.`,
      {
        hint: 'Give the file without ".pub".',
      },
    );
  }

  if ((mode & 0o077) !== 0) {
    throw new InventivError('invalid_config', `The SSH key ${path} can be read by others.`, {
      hint: `Run: chmod 600 ${shellQuote(path)}`,
    });
  }

  if (isEncrypted(text)) {
    throw new InventivError('invalid_config', `The SSH key ${path} is encrypted with a passphrase.`, {
      hint: `Unlock it in an agent and leave the file out: eval "$(ssh-agent)" && ssh-add ${shellQuote(path)}`,
    });
  }

  return text;
}

/** The parser's own words are left out: they may quote the file. */
async function parse(path: string, text: string): Promise<{type: string; publicKey: string}> {
  const {default: ssh2} = await import('ssh2');
  const parsed = ssh2.utils.parseKey(text);
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  if (key === undefined || key instanceof Error || !key.isPrivateKey()) throw notAKey(path);
  return {type: key.type, publicKey: key.getPublicSSH().toString('base64')};
}

function notAKey(path: string): InventivError {
  return new InventivError('invalid_config', `${path} is no SSH private key in OpenSSH or PEM format.`, {
    hint: `Convert it (ssh-keygen -p -f ${shellQuote(path)}), or make one: ssh-keygen -t ed25519`,
  });
}

/** PKCS#8, old PEM, and OpenSSH's own format, whose second field is the cipher. */
function isEncrypted(text: string): boolean {
  if (/^-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(text)) return true;
  const base64 = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]*?)-----END/.exec(text)?.[1];
  if (base64 === undefined) return false;
  const bytes = Buffer.from(base64, 'base64');
  const magicBytes = opensshMagic.length;
  if (bytes.length < magicBytes + 8 || bytes.toString('latin1', 0, magicBytes) !== opensshMagic) return false;
  const cipher = bytes.toString('latin1', magicBytes + 4, magicBytes + 4 + bytes.readUInt32BE(magicBytes));
  return cipher !== 'none';
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
