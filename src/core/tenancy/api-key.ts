import type {EpochMs} from '../time.ts';
import type {KeyCaps} from './key-caps.ts';

export const apiKeyScopes = ['inference', 'models'] as const;

export type ApiKeyScope = (typeof apiKeyScopes)[number];

/** A bearer key of the OpenAI port. The secret is shown once; only its keyed hash is kept. */
export interface ApiKey {
  readonly id: string;
  readonly organizationId: string;
  readonly userId: string;
  readonly name: string;
  /** The first characters of the secret, for recognition: `inv-AbCdEf`. */
  readonly prefix: string;
  readonly hash: string;
  /** The hash before the last rotation, accepted until `previousValidUntilMs`. */
  readonly previousHash: string | null;
  readonly previousValidUntilMs: EpochMs | null;
  readonly scopes: readonly ApiKeyScope[];
  /** Hugging Face ids this key may use; null for all of the organization's. */
  readonly models: readonly string[] | null;
  /** What one request may ask for; null for what the server sets for all. */
  readonly caps: KeyCaps | null;
  readonly createdAtMs: EpochMs;
  readonly expiresAtMs: EpochMs | null;
  readonly revokedAtMs: EpochMs | null;
  readonly lastUsedAtMs: EpochMs | null;
}

/** Whether the key may authenticate at this moment. */
export function isUsable(key: ApiKey, nowMs: EpochMs): boolean {
  return key.revokedAtMs === null && (key.expiresAtMs === null || key.expiresAtMs > nowMs);
}
