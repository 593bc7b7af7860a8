import {generateKeyPairSync, randomBytes} from 'node:crypto';

const keyType = 'ssh-ed25519';
const blockBytes = 8;
const lineChars = 70;

export interface KeyPair {
  /** OpenSSH private key, PEM-like, ends with a line break. */
  readonly privateKey: string;
  /** One line for `authorized_keys`. */
  readonly publicKey: string;
}

/** A new ed25519 key, not encrypted, in the format of `ssh-keygen` (OpenSSH's PROTOCOL.key). */
export function makeEd25519Key(comment: string): KeyPair {
  const jwk = generateKeyPairSync('ed25519').privateKey.export({format: 'jwk'});
  const publicBytes = Buffer.from(jwk.x ?? '', 'base64url');
  const seed = Buffer.from(jwk.d ?? '', 'base64url');
  const publicBlob = Buffer.concat([field(keyType), field(publicBytes)]);
  // Two equal numbers: how a reader tells a wrong passphrase.
  const check = randomBytes(4);
  const secret = pad(
    Buffer.concat([
      check,
      check,
      field(keyType),
      field(publicBytes),
      field(Buffer.concat([seed, publicBytes])),
      field(comment),
    ]),
  );
  const one = Buffer.from([0, 0, 0, 1]);
  const whole = Buffer.concat([
    Buffer.from('openssh-key-v1\0', 'latin1'),
    field('none'),
    field('none'),
    field(''),
    one,
    field(publicBlob),
    field(secret),
  ]);
  return {
    privateKey: armour(whole.toString('base64')),
    publicKey: `${keyType} ${publicBlob.toString('base64')} ${comment}`,
  };
}

function field(value: string | Buffer): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : value;
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** 1, 2, 3, ... up to a whole block. */
function pad(bytes: Buffer): Buffer {
  const missing = (blockBytes - (bytes.length % blockBytes)) % blockBytes;
  return Buffer.concat([bytes, Buffer.from(Array.from({length: missing}, (_, index) => index + 1))]);
}

function armour(base64: string): string {
  const lines = base64.match(new RegExp(`.{1,${lineChars}}`, 'g')) ?? [];
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join('\n');
}
