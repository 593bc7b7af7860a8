import {createHash} from 'node:crypto';
import {closeSync, fstatSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync} from 'node:fs';
import {dirname} from 'node:path';
import {InventivError} from '../../core/errors.ts';

const fileBytesMax = 8 * 1024 * 1024;
const forgotten = 'forgotten';

/** A host key in SSH wire form, as text. */
export interface HostKey {
  /** `ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa`, ... */
  readonly type: string;
  readonly base64: string;
}

/**
 * Host keys pinned at first contact: one line `INSTANCE HOST:PORT TYPE BASE64` each, mode 0600. The file is only appended
 * to, one write a line, and of several lines for one name the first counts: of two first contacts at once, in whatever
 * processes, one wins and the other is compared with it. A line `INSTANCE HOST:PORT forgotten` undoes those before it.
 */
export class KnownHosts {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  find(name: string): HostKey | null {
    return findPin(this.#read(), name);
  }

  /** Pins the key unless another is pinned by now; returns the one that counts. */
  pin(name: string, key: HostKey): HostKey {
    const text = this.#read();
    const known = findPin(text, name);
    if (known !== null) return known;
    this.#append(`${name} ${key.type} ${key.base64}`, text);
    return this.find(name) ?? key;
  }

  forget(name: string): void {
    const text = this.#read();
    if (findPin(text, name) !== null) this.#append(`${name} ${forgotten}`, text);
  }

  #read(): string {
    try {
      const text = readFileSync(this.path, 'utf8');
      if (text.length > fileBytesMax)
        throw new InventivError(
          'invalid_config',
          `The host key file ${this.path} is larger than ${fileBytesMax} bytes.`,
          {
            hint: 'Remove the lines of instances that are gone.',
          },
        );
      return text;
    } catch (error) {
      if (error instanceof InventivError) throw error;
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
      throw this.#unusable('read', error);
    }
  }

  #append(line: string, before: string): void {
    try {
      mkdirSync(dirname(this.path), {recursive: true, mode: 0o700});
      const file = openSync(this.path, 'a', 0o600);
      try {
        if ((fstatSync(file).mode & 0o022) !== 0)
          throw new InventivError('invalid_config', `The host key file ${this.path} can be written by others.`, {
            hint: `Run: chmod 600 ${this.path}`,
          });
        // A line that a crash cut short ends here, and not in the middle of ours.
        writeSync(file, `${before === '' || before.endsWith('\n') ? '' : '\n'}${line}\n`);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
    } catch (error) {
      throw error instanceof InventivError ? error : this.#unusable('written', error);
    }
  }

  #unusable(what: string, cause: unknown): InventivError {
    return new InventivError('store_unwritable', `The host key file ${this.path} could not be ${what}.`, {
      hint: 'Check its owner and mode, and those of its folder.',
      cause,
    });
  }
}

/** The name of a pin: an address may be given to another machine later, an instance may move. */
export function pinName(instanceId: string, host: string, port: number): string {
  if (/\s/.test(instanceId + host) || instanceId === '' || host === '')
    throw new InventivError('invalid_input', 'expected an instance id and a host without spaces for an SSH login.');
  return `${instanceId} ${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Of a machine that was registered by hand, and has no instance. */
export function hostPinName(host: string, port: number): string {
  return pinName('host', host, port);
}

/** The key that a server showed; its first field names the type (RFC 4253, section 6.6). */
export function hostKeyOf(wire: Buffer): HostKey {
  const typeLength = wire.length < 4 ? 0 : wire.readUInt32BE(0);
  return {type: wire.toString('latin1', 4, 4 + typeLength), base64: wire.toString('base64')};
}

export function isSameKey(left: HostKey, right: HostKey): boolean {
  return left.type === right.type && left.base64 === right.base64;
}

/** As `ssh-keygen -l` prints it. */
export function fingerprintOf({type, base64}: HostKey): string {
  const hash = createHash('sha256').update(Buffer.from(base64, 'base64')).digest('base64');
  return `${type} SHA256:${hash.replace(/=+$/, '')}`;
}

function findPin(text: string, name: string): HostKey | null {
  let pin: HostKey | null = null;
  for (const line of text.split('\n')) {
    if (!line.startsWith(`${name} `)) continue;
    const [type, base64] = line
      .slice(name.length + 1)
      .trim()
      .split(' ');
    if (type === forgotten) pin = null;
    else if (type !== undefined && base64 !== undefined) pin ??= {type, base64};
  }
  return pin;
}
