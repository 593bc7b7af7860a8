import type {Membership, Organization, User} from '../../core/tenancy/organization.ts';
import type {Role} from '../../core/tenancy/roles.ts';
import type {OrganizationStore} from '../../ports/store.ts';
import {listRowsMax} from './bounds.ts';
import {type Db, type StoreParts, write} from './transaction.ts';

const DEFAULT_SLUG = 'default';
const DEFAULT_NAME = 'Default';

interface Owner {
  readonly organization: Organization;
  readonly user: User;
  readonly membership: Membership;
}

export function createOrganizationStore(parts: Pick<StoreParts, 'db' | 'clock' | 'ids'>): OrganizationStore {
  const {db, ids} = parts;
  return {
    // Every start asks; only the first one writes.
    ensureDefault: async operator =>
      (await findDefault(db)) ??
      write(parts, async (tx, nowMs) => {
        const present = await findDefault(tx);
        if (present) return present;

        const organization = {id: ids.next('organization'), slug: DEFAULT_SLUG, name: DEFAULT_NAME, createdAtMs: nowMs};
        const user = {id: ids.next('user'), name: operator.userName, email: null, createdAtMs: nowMs};
        const membership: Membership = {organizationId: organization.id, userId: user.id, role: 'owner'};
        await tx
          .insertInto('organizations')
          .values({id: organization.id, slug: organization.slug, name: organization.name, created_at_ms: nowMs})
          .execute();
        await tx
          .insertInto('users')
          .values({id: user.id, name: user.name, email: null, created_at_ms: nowMs})
          .execute();
        await tx
          .insertInto('memberships')
          .values({organization_id: organization.id, user_id: user.id, role: 'owner', created_at_ms: nowMs})
          .execute();
        return {organization, user, membership};
      }),

    async list() {
      const rows = await db
        .selectFrom('organizations')
        .selectAll()
        .orderBy('created_at_ms')
        .orderBy('id')
        .limit(listRowsMax.organizations)
        .execute();
      return rows.map(row => ({id: row.id, slug: row.slug, name: row.name, createdAtMs: row.created_at_ms}));
    },

    async members(scope) {
      const rows = await db
        .selectFrom('users as u')
        .innerJoin('memberships as m', 'm.user_id', 'u.id')
        .selectAll('u')
        .where('m.organization_id', '=', scope.organizationId)
        .orderBy('u.name')
        .orderBy('u.id')
        .limit(listRowsMax.members)
        .execute();
      return rows.map(row => ({id: row.id, name: row.name, email: row.email, createdAtMs: row.created_at_ms}));
    },
  };
}

/** The default organization with its first owner. */
async function findDefault(db: Db): Promise<Owner | null> {
  const row = await db
    .selectFrom('organizations as o')
    .innerJoin('memberships as m', 'm.organization_id', 'o.id')
    .innerJoin('users as u', 'u.id', 'm.user_id')
    .select(['o.id', 'o.slug', 'o.name', 'o.created_at_ms', 'm.role'])
    .select(['u.id as user_id', 'u.name as user_name', 'u.email', 'u.created_at_ms as user_created_at_ms'])
    .where('o.slug', '=', DEFAULT_SLUG)
    .where('m.role', '=', 'owner')
    .orderBy('m.created_at_ms')
    .orderBy('u.id')
    .limit(1)
    .executeTakeFirst();

  return row
    ? {
        organization: {id: row.id, slug: row.slug, name: row.name, createdAtMs: row.created_at_ms},
        user: {id: row.user_id, name: row.user_name, email: row.email, createdAtMs: row.user_created_at_ms},
        membership: {organizationId: row.id, userId: row.user_id, role: row.role as Role},
      }
    : null;
}
