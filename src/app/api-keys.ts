import {InventivError} from '../core/errors.ts';
import {type ApiKey, type ApiKeyScope, apiKeyScopes} from '../core/tenancy/api-key.ts';
import type {KeyCaps} from '../core/tenancy/key-caps.ts';
import type {OrgScope} from '../core/tenancy/org-scope.ts';
import type {Clock} from '../ports/clock.ts';
import type {Ids} from '../ports/ids.ts';
import type {SecretHasher} from '../ports/secrets.ts';
import type {ApiKeyStore} from '../ports/store.ts';

export interface KeyTools {
  readonly keys: ApiKeyStore;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly hasher: SecretHasher;
}

export interface NewKeyWish {
  readonly name: string;
  readonly scopes?: readonly ApiKeyScope[] | undefined;
  readonly models?: readonly string[] | undefined;
  readonly caps?: KeyCaps | null | undefined;
  readonly expiresInMs?: number | undefined;
}

const secretBytes = 32;
const shownChars = 10;

/** Makes a key; the secret is in this answer and nowhere else. */
export async function createKey(
  tools: KeyTools,
  scope: OrgScope,
  userId: string,
  wish: NewKeyWish,
): Promise<{key: ApiKey; secret: string}> {
  const nowMs = tools.clock.nowMs();
  const fresh = newSecret(tools);
  const key: ApiKey = {
    id: tools.ids.next('apiKey'),
    organizationId: scope.organizationId,
    userId,
    name: wish.name,
    prefix: fresh.prefix,
    hash: fresh.hash,
    previousHash: null,
    previousValidUntilMs: null,
    scopes: wish.scopes ?? [...apiKeyScopes],
    models: wish.models ?? null,
    caps: wish.caps ?? null,
    createdAtMs: nowMs,
    expiresAtMs: wish.expiresInMs === undefined ? null : nowMs + wish.expiresInMs,
    revokedAtMs: null,
    lastUsedAtMs: null,
  };
  await tools.keys.create(scope, key);
  return {key, secret: fresh.secret};
}

export async function findKey(keys: ApiKeyStore, scope: OrgScope, idOrName: string): Promise<ApiKey> {
  const key = await keys.find(scope, idOrName);
  if (key === null) {
    throw new InventivError('not_found', `There is no key "${idOrName.slice(0, 80)}".`, {
      hint: 'List them with "inventiv keys list".',
      param: 'key',
    });
  }

  return key;
}

export async function revokeKey(
  {keys, clock}: Pick<KeyTools, 'keys' | 'clock'>,
  scope: OrgScope,
  idOrName: string,
): Promise<ApiKey> {
  const key = await findKey(keys, scope, idOrName);
  if (key.revokedAtMs === null) await keys.revoke(scope, key.id, clock.nowMs());
  return findKey(keys, scope, key.id);
}

export async function rotateKey(
  tools: KeyTools,
  scope: OrgScope,
  idOrName: string,
  graceMs: number,
): Promise<{key: ApiKey; secret: string}> {
  const key = await findKey(tools.keys, scope, idOrName);
  if (key.revokedAtMs !== null) {
    throw new InventivError('conflict', `The key "${key.name}" is revoked and cannot be rotated.`, {
      hint: `Make a new one: inventiv keys create ${key.name}`,
    });
  }

  const fresh = newSecret(tools);
  await tools.keys.rotate(scope, key.id, {
    hash: fresh.hash,
    prefix: fresh.prefix,
    oldValidUntilMs: tools.clock.nowMs() + graceMs,
  });
  return {key: await findKey(tools.keys, scope, key.id), secret: fresh.secret};
}

function newSecret({ids, hasher}: Pick<KeyTools, 'ids' | 'hasher'>): {secret: string; prefix: string; hash: string} {
  const secret = `inv-${Buffer.from(ids.randomBytes(secretBytes)).toString('base64url')}`;
  return {secret, prefix: secret.slice(0, shownChars), hash: hasher.hash(secret)};
}
