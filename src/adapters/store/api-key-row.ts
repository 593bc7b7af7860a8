import {type ApiKey, type ApiKeyScope, apiKeyScopes} from '../../core/tenancy/api-key.ts';
import {type KeyCaps, keyCapsSchema} from '../../core/tenancy/key-caps.ts';
import {fromJson, isStringArray, toJson} from './json-column.ts';
import type {ApiKeyRow} from './tables.ts';

export function apiKeyFromRow(row: ApiKeyRow): ApiKey {
  return {
    id: row.id,
    organizationId: row.organization_id,
    userId: row.user_id,
    name: row.name,
    prefix: row.prefix,
    hash: row.hash,
    previousHash: row.previous_hash,
    previousValidUntilMs: row.previous_valid_until_ms,
    scopes: fromJson(row.scopes, 'api_keys.scopes', row.id, isScopes),
    models: row.models === null ? null : fromJson(row.models, 'api_keys.models', row.id, isStringArray),
    caps: row.caps === null ? null : fromJson(row.caps, 'api_keys.caps', row.id, isCaps),
    createdAtMs: row.created_at_ms,
    expiresAtMs: row.expires_at_ms,
    revokedAtMs: row.revoked_at_ms,
    lastUsedAtMs: row.last_used_at_ms,
  };
}

export function apiKeyToRow(key: ApiKey): ApiKeyRow {
  return {
    id: key.id,
    organization_id: key.organizationId,
    user_id: key.userId,
    name: key.name,
    prefix: key.prefix,
    hash: key.hash,
    previous_hash: key.previousHash,
    previous_valid_until_ms: key.previousValidUntilMs,
    scopes: toJson(key.scopes, 'api_keys.scopes'),
    models: key.models === null ? null : toJson(key.models, 'api_keys.models'),
    caps: key.caps === null ? null : toJson(key.caps, 'api_keys.caps'),
    created_at_ms: key.createdAtMs,
    expires_at_ms: key.expiresAtMs,
    revoked_at_ms: key.revokedAtMs,
    last_used_at_ms: key.lastUsedAtMs,
  };
}

function isCaps(value: unknown): value is KeyCaps {
  return keyCapsSchema.safeParse(value).success;
}

function isScopes(value: unknown): value is ApiKeyScope[] {
  return isStringArray(value) && value.every(scope => apiKeyScopes.some(known => known === scope));
}
