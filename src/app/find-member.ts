import {InventivError} from '../core/errors.ts';
import {didYouMean} from '../core/near-names.ts';
import type {OrgScope} from '../core/tenancy/org-scope.ts';
import type {User} from '../core/tenancy/organization.ts';
import type {OrganizationStore} from '../ports/store.ts';

/** A user of the organization by id, name or e-mail address. */
export async function findMember(
  organizations: Pick<OrganizationStore, 'members'>,
  scope: OrgScope,
  reference: string,
): Promise<User> {
  const members = await organizations.members(scope);
  const found = members.find(({id, name, email}) => [id, name, email].includes(reference));
  if (found !== undefined) return found;
  const names = members.map(({name}) => name);
  throw new InventivError('not_found', `The organization has no user "${reference.slice(0, 80)}".`, {
    hint: didYouMean(reference, names) ?? 'See who used something: inventiv usage report --by user',
    param: 'user',
  });
}
