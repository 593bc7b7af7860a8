import type {ApiKey} from '../core/tenancy/api-key.ts';
import {changedCaps} from '../core/tenancy/key-caps.ts';
import type {ApiKeyStore, AuditStore} from '../ports/store.ts';
import type {Actor} from './actor.ts';
import {findKey} from './api-keys.ts';

/** Sets what one request with a key may ask for: absent as it is, null as the server says. */
export async function capKey(
  {keys, audit}: {readonly keys: ApiKeyStore; readonly audit: AuditStore},
  {scope, userId, correlationId}: Actor,
  idOrName: string,
  changes: Parameters<typeof changedCaps>[1],
): Promise<ApiKey> {
  const key = await findKey(keys, scope, idOrName);
  await keys.setCaps(scope, key.id, changedCaps(key.caps, changes));
  const details = {caps: JSON.stringify(changes)};
  await audit.append(scope, {actor: userId, action: 'keys.update', subject: `keys/${key.id}`, details, correlationId});
  return await findKey(keys, scope, key.id);
}
