import {InventivError} from '../core/errors.ts';
import type {ApiKey} from '../core/tenancy/api-key.ts';
import {can} from '../core/tenancy/roles.ts';
import type {Caller} from './context.ts';

/** Throws `not_allowed` for the key of another user, unless the caller looks after the organization's keys. */
export function requireOwnKey({userId, role}: Caller, key: ApiKey): void {
  if (key.userId === userId || can(role, 'keys.organization')) return;
  throw new InventivError('not_allowed', `The key "${key.name}" is another user's.`, {
    hint: 'Ask an owner or admin of the organization.',
  });
}

/** Throws `not_allowed` for who does not look after the organization's keys: some things no user may give themselves. */
export function requireKeeper({role}: Caller): void {
  if (can(role, 'keys.organization')) return;
  throw new InventivError('not_allowed', `A ${role} may not allow this to a key (it needs "keys.organization").`, {
    hint: 'Ask an owner or admin of the organization.',
  });
}
