import type {KeyObject} from 'node:crypto';
import {createCipheriv, createDecipheriv, createHmac, createSecretKey, hkdfSync, randomBytes} from 'node:crypto';
import {InventivError} from '../../core/errors.ts';
import type {SecretBox, SecretHasher} from '../../ports/secrets.ts';

const nonceBytes = 12;
const tagBytes = 16;
const version = 'v1';

/** AES-256-GCM; text form `v1.<nonce+ciphertext+tag in base64url>`. The key is read at the first use. */
export function aesSecretBox(readInstallationKey: () => Uint8Array): SecretBox {
  const key = lazyKey(readInstallationKey, 'seal');
  return {
    seal(plainText, context) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', key(), nonce).setAAD(Buffer.from(context));
      const sealed = Buffer.concat([nonce, cipher.update(plainText, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return `${version}.${sealed.toString('base64url')}`;
    },
    open(sealed, context) {
      try {
        const [prefix, body = ''] = sealed.split('.');
        const bytes = Buffer.from(body, 'base64url');
        if (prefix !== version || bytes.length < nonceBytes + tagBytes) throw new Error('not a sealed text');
        const decipher = createDecipheriv('aes-256-gcm', key(), bytes.subarray(0, nonceBytes))
          .setAAD(Buffer.from(context))
          .setAuthTag(bytes.subarray(-tagBytes));
        return Buffer.concat([decipher.update(bytes.subarray(nonceBytes, -tagBytes)), decipher.final()]).toString(
          'utf8',
        );
      } catch (error) {
        if (error instanceof InventivError) throw error;
        throw new InventivError('invalid_config', 'A stored secret does not open with this installation key.', {
          hint: 'Put the secret.key file that belongs to this database back in the state directory.',
        });
      }
    },
  };
}

/** HMAC-SHA-256 under a key of its own, hex. Right for 256-bit random secrets; passwords need a slow hash. */
export function hmacHasher(readInstallationKey: () => Uint8Array): SecretHasher {
  const bytes = lazyKey(readInstallationKey, 'hash');
  let key: KeyObject | undefined;
  return {
    hash: secret => {
      // Once per proxied request: raw bytes would be made into such an object each time, five times as slow.
      key ??= createSecretKey(bytes());
      return createHmac('sha256', key).update(secret).digest('hex');
    },
  };
}

function lazyKey(readInstallationKey: () => Uint8Array, purpose: string): () => Uint8Array {
  let derived: Uint8Array | undefined;
  return () => (derived ??= new Uint8Array(hkdfSync('sha256', readInstallationKey(), '', `inventiv ${purpose}`, 32)));
}
