import type {ApiKey} from '../../core/tenancy/api-key.ts';
import {isoTime, isoTimeOrNull} from '../../core/time.ts';
import type {KeyView} from '../contract/keys.ts';

export function keyView(key: ApiKey): KeyView {
  return {
    id: key.id,
    name: key.name,
    prefix: key.prefix,
    scopes: [...key.scopes],
    models: key.models === null ? null : [...key.models],
    caps: key.caps,
    createdAt: isoTime(key.createdAtMs),
    expiresAt: isoTimeOrNull(key.expiresAtMs),
    revokedAt: isoTimeOrNull(key.revokedAtMs),
    lastUsedAt: isoTimeOrNull(key.lastUsedAtMs),
  };
}
