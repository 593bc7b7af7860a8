import {InventivError} from '../../core/errors.ts';
import type {Host, HostClaim, HostFacts} from '../../core/host/host.ts';
import type {OrgScope} from '../../core/tenancy/org-scope.ts';
import type {HostStore} from '../../ports/hosts.ts';
import {fromJson, isRecord, isStringArray, toJson} from './json-column.ts';
import type {HostClaimRow, HostRow} from './tables.ts';
import {type Db, type StoreParts, type Tx, write} from './transaction.ts';

export function createHostStore(parts: Pick<StoreParts, 'db' | 'clock' | 'dialect'>): HostStore {
  const {db, dialect} = parts;
  return {
    async add(scope, host) {
      const row = hostToRow(scope, host);
      try {
        await write(parts, tx => tx.insertInto('hosts').values(row).execute());
      } catch (thrown) {
        if (dialect.violation(thrown) !== 'unique') throw thrown;
        throw new InventivError('conflict', `There is a host "${host.name}", or one at ${host.address}, already.`, {
          hint: 'Choose another name with --name. See them: inventiv hosts list',
          param: 'name',
          cause: thrown,
        });
      }

      return hostFromRow(row);
    },

    list: async scope => (await live(db, scope).orderBy('name').execute()).map(hostFromRow),

    async find(scope, idOrName) {
      const row = await live(db, scope)
        .where(eb => eb.or([eb('id', '=', idOrName), eb('name', '=', idOrName)]))
        .executeTakeFirst();
      return row ? hostFromRow(row) : null;
    },

    saveFacts: (scope, hostId, facts, atMs) =>
      write(parts, async tx => {
        const row = await tx
          .updateTable('hosts')
          .set({facts: toJson(facts, 'hosts.facts'), checked_at_ms: atMs})
          .where('id', '=', hostId)
          .where('organization_id', '=', scope.organizationId)
          .where('removed_at_ms', 'is', null)
          .returningAll()
          .executeTakeFirst();
        if (row) return hostFromRow(row);
        throw new InventivError('not_found', 'The host was removed meanwhile.', {hint: 'inventiv hosts list'});
      }),

    remove: (scope, hostId) =>
      write(parts, async (tx, nowMs) => {
        const removed = await tx
          .updateTable('hosts')
          .set({removed_at_ms: nowMs})
          .where('id', '=', hostId)
          .where('organization_id', '=', scope.organizationId)
          .where('removed_at_ms', 'is', null)
          .returning('id')
          .execute();
        if (removed.length === 0) return;
        await tx
          .updateTable('host_claims')
          .set({released_at_ms: nowMs})
          .where('host_id', '=', hostId)
          .where('released_at_ms', 'is', null)
          .execute();
      }),

    claim: (scope, {id, hostId, name, tags, securityGroup}) =>
      write(parts, async (tx, nowMs) => {
        const held = await liveClaims(tx, scope).where('host_id', '=', hostId).executeTakeFirst();
        if (held) return held.name === name ? claimFromRow(held) : null;
        const row: HostClaimRow = {
          id,
          host_id: hostId,
          name,
          tags: toJson(tags, 'host_claims.tags'),
          security_group: securityGroup,
          claimed_at_ms: nowMs,
          powered_on_at_ms: null,
          released_at_ms: null,
        };
        await tx.insertInto('host_claims').values(row).execute();
        return claimFromRow(row);
      }),

    claims: async scope => (await liveClaims(db, scope).orderBy('claimed_at_ms').execute()).map(claimFromRow),

    powerOn: claimId =>
      write(parts, async (tx, nowMs) => {
        await tx
          .updateTable('host_claims')
          .set({powered_on_at_ms: nowMs})
          .where('id', '=', claimId)
          .where('powered_on_at_ms', 'is', null)
          .execute();
      }),

    release: claimId =>
      write(parts, async (tx, nowMs) => {
        const released = await tx
          .updateTable('host_claims')
          .set({released_at_ms: nowMs})
          .where('id', '=', claimId)
          .where('released_at_ms', 'is', null)
          .returning('id')
          .execute();
        return released.length > 0;
      }),
  };
}

function live(db: Db, scope: OrgScope) {
  return db
    .selectFrom('hosts')
    .selectAll()
    .where('organization_id', '=', scope.organizationId)
    .where('removed_at_ms', 'is', null);
}

function liveClaims(db: Db | Tx, scope: OrgScope) {
  return db
    .selectFrom('host_claims')
    .innerJoin('hosts', 'hosts.id', 'host_claims.host_id')
    .selectAll('host_claims')
    .where('hosts.organization_id', '=', scope.organizationId)
    .where('hosts.removed_at_ms', 'is', null)
    .where('host_claims.released_at_ms', 'is', null);
}

function hostToRow(scope: OrgScope, host: Omit<Host, 'organizationId'>): HostRow {
  return {
    id: host.id,
    organization_id: scope.organizationId,
    name: host.name,
    ssh_user: host.user,
    ssh_host: host.address,
    ssh_port: host.port,
    openai_port: host.openaiPort,
    agent_port: host.agentPort,
    facts: toJson(host.facts, 'hosts.facts'),
    created_at_ms: host.createdAtMs,
    checked_at_ms: host.checkedAtMs,
    removed_at_ms: null,
  };
}

function hostFromRow(row: HostRow): Host {
  return {
    id: row.id,
    organizationId: row.organization_id,
    name: row.name,
    user: row.ssh_user,
    address: row.ssh_host,
    port: row.ssh_port,
    openaiPort: row.openai_port,
    agentPort: row.agent_port,
    facts: fromJson(row.facts, 'hosts.facts', row.id, isFacts),
    createdAtMs: row.created_at_ms,
    checkedAtMs: row.checked_at_ms,
  };
}

function isFacts(value: unknown): value is HostFacts {
  return isRecord(value) && typeof value.os === 'string' && Array.isArray(value.gpus) && value.gpus.every(isRecord);
}

function claimFromRow(row: HostClaimRow): HostClaim {
  return {
    id: row.id,
    hostId: row.host_id,
    name: row.name,
    tags: fromJson(row.tags, 'host_claims.tags', row.id, isStringArray),
    securityGroup: row.security_group,
    isPoweredOn: row.powered_on_at_ms !== null,
  };
}
