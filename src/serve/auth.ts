import type {IncomingHttpHeaders} from 'node:http';
import {InventivError} from '../core/errors.ts';
import type {ApiKey, ApiKeyScope} from '../core/tenancy/api-key.ts';
import {isUsable} from '../core/tenancy/api-key.ts';
import type {EpochMs} from '../core/time.ts';
import type {SecretHasher} from '../ports/secrets.ts';
import type {Snapshot} from './snapshot/snapshot.ts';

const secretMaxChars = 512;

/**
 * The key behind `Authorization: Bearer`, `x-api-key` or `api-key`, found in memory by its keyed hash. Throws
 * `not_authenticated`; the message never repeats what was sent.
 */
export function authenticate(
  snapshot: Snapshot,
  hasher: SecretHasher,
  headers: IncomingHttpHeaders,
  nowMs: EpochMs,
): ApiKey {
  const secret = presentedSecret(headers);
  if (secret === null) {
    throw new InventivError('not_authenticated', 'No API key was sent.', {
      hint: 'Send it as "Authorization: Bearer KEY".',
    });
  }

  const hash = hasher.hash(secret);
  const key = snapshot.keysByHash.get(hash);
  const isCurrent = key !== undefined && (key.hash === hash || (key.previousValidUntilMs ?? 0) > nowMs);
  if (!isCurrent || !isUsable(key, nowMs)) {
    throw new InventivError('not_authenticated', 'This API key is unknown, expired or revoked.', {
      hint: 'Make one with "inventiv keys create".',
    });
  }

  return key;
}

/** Throws `not_allowed` when the key holds none of these scopes. */
export function requireScope(key: ApiKey, ...scopes: readonly ApiKeyScope[]): void {
  if (scopes.some(scope => key.scopes.includes(scope))) return;
  throw new InventivError('not_allowed', `This API key lacks the scope "${scopes[0]}".`);
}

export function presentedSecret(headers: IncomingHttpHeaders): string | null {
  const bearer = /^bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
  const secret = bearer ?? single(headers['x-api-key']) ?? single(headers['api-key']);
  return secret === undefined || secret === '' || secret.length > secretMaxChars ? null : secret;
}

function single(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
