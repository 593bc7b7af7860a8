import {InventivError} from '../../core/errors.ts';
import type {OrgScope} from '../../core/tenancy/org-scope.ts';
import type {Tx} from './transaction.ts';

/** A rule that is kept but not read with the others would not hold: an organization has at most so many. */
export async function refuseTooMany(
  tx: Tx,
  {organizationId}: OrgScope,
  {table, max, what, hint}: {table: 'budgets' | 'rate_limits'; max: number; what: string; hint: string},
): Promise<void> {
  const {count} = await tx
    .selectFrom(table)
    .where('organization_id', '=', organizationId)
    .select(({fn}) => fn.countAll().as('count'))
    .executeTakeFirstOrThrow();
  if (Number(count) < max) return;
  throw new InventivError('conflict', `The organization has ${max} ${what} already.`, {hint});
}
