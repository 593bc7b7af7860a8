import type {InstanceStore} from '../../ports/instances.ts';
import {type StoreParts, write} from './transaction.ts';

type Leases = Pick<InstanceStore, 'acquireLease' | 'renewLease' | 'releaseLease'>;

/** Leases are compare-and-set updates of single rows; see `isLeaseLive` for when one counts as expired. */
export function createLeases(parts: Pick<StoreParts, 'db' | 'clock'>): Leases {
  return {
    acquireLease: (instanceId, owner, ttlMs) =>
      write(parts, async (tx, nowMs) => {
        const result = await tx
          .updateTable('instances')
          .set({lease_owner: owner, lease_renewed_at_ms: nowMs, lease_expires_at_ms: nowMs + ttlMs})
          .where('id', '=', instanceId)
          .where(({eb, or}) =>
            or([
              eb('lease_owner', 'is', null),
              eb('lease_owner', '=', owner),
              eb('lease_expires_at_ms', '<=', nowMs),
              // Written by a clock that has gone back since: now <= renewed - (expires - renewed).
              eb(eb('lease_renewed_at_ms', '*', 2), '>=', eb('lease_expires_at_ms', '+', nowMs)),
            ]),
          )
          .executeTakeFirst();
        return result.numUpdatedRows > 0n;
      }),

    renewLease: (instanceId, owner, ttlMs) =>
      write(parts, async (tx, nowMs) => {
        const result = await tx
          .updateTable('instances')
          .set({lease_renewed_at_ms: nowMs, lease_expires_at_ms: nowMs + ttlMs})
          .where('id', '=', instanceId)
          .where('lease_owner', '=', owner)
          .executeTakeFirst();
        return result.numUpdatedRows > 0n;
      }),

    releaseLease: (instanceId, owner) =>
      write(parts, async tx => {
        await tx
          .updateTable('instances')
          .set({lease_owner: null, lease_renewed_at_ms: null, lease_expires_at_ms: null})
          .where('id', '=', instanceId)
          .where('lease_owner', '=', owner)
          .execute();
      }),
  };
}
