import {InventivError} from '../../core/errors.ts';
import type {OrgScope} from '../../core/tenancy/org-scope.ts';
import type {EpochMs} from '../../core/time.ts';
import type {CredentialStore, SealedCredentials} from '../../ports/credentials.ts';
import type {ProviderCredentialsRow} from './tables.ts';
import {type Db, type StoreParts, type Tx, write} from './transaction.ts';

/** Each organization has one set per provider; the column leaves room for more. */
const onlyName = 'default';
/** Versions that can be rolled back to, the one in use included. Older ones lose what was sealed. */
const versionsKept = 5;

export function createCredentialStore(parts: Pick<StoreParts, 'db' | 'clock' | 'dialect'>): CredentialStore {
  const {db, dialect} = parts;
  return {
    async current(scope, provider) {
      const row = await usable(db, scope, provider).where('revoked_at_ms', 'is', null).executeTakeFirst();
      return row ? fromRow(row) : null;
    },

    async versions(scope, provider) {
      return (await usable(db, scope, provider).execute()).map(fromRow);
    },

    async add(scope, {id, provider, mode, keyPrefix, createdBy, seal}) {
      try {
        return await write(parts, async (tx, nowMs) => {
          const before = await usable(tx, scope, provider).where('revoked_at_ms', 'is', null).executeTakeFirst();
          if (before && mode === 'first') throw thereAlready(provider, before.version);
          if (!before && mode === 'next') throw noneStored(provider);
          if (before) await revoke(tx, before.id, nowMs);
          const version = (await latestVersion(tx, scope, provider)) + 1;
          const row: ProviderCredentialsRow = {
            id,
            organization_id: scope.organizationId,
            provider,
            name: onlyName,
            sealed: seal(version),
            created_at_ms: nowMs,
            checked_at_ms: null,
            revoked_at_ms: null,
            version,
            key_prefix: keyPrefix,
            created_by: createdBy,
          };
          await tx.insertInto('provider_credentials').values(row).execute();
          await wipeOlder(tx, scope, provider);
          return fromRow(row);
        });
      } catch (thrown) {
        if (dialect.violation(thrown) !== 'unique') throw thrown;
        throw new InventivError('conflict', `The credentials for ${provider} were just changed by another process.`, {
          hint: 'See what is there: inventiv credentials list',
          cause: thrown,
        });
      }
    },

    rollBack: (scope, {provider, toVersion, verify}) =>
      write(parts, async (tx, nowMs) => {
        const versions = await usable(tx, scope, provider).execute();
        const current = versions.find(row => row.revoked_at_ms === null);
        if (current === undefined) throw noneStored(provider);
        const earlier = versions.filter(row => row !== current);
        const chosen = toVersion === null ? lastInUse(earlier) : earlier.find(row => row.version === toVersion);
        if (chosen === undefined) throw noSuchVersion(provider, toVersion, current.version, earlier);
        verify(fromRow(chosen));
        await revoke(tx, current.id, nowMs);
        await tx.updateTable('provider_credentials').set({revoked_at_ms: null}).where('id', '=', chosen.id).execute();
        return fromRow({...chosen, revoked_at_ms: null});
      }),

    remove: (scope, provider) =>
      write(parts, async (tx, nowMs) => {
        const versions = await usable(tx, scope, provider).execute();
        if (versions.length === 0) throw noneStored(provider);
        for (const {id, revoked_at_ms} of versions) {
          await tx
            .updateTable('provider_credentials')
            .set({sealed: '', revoked_at_ms: revoked_at_ms ?? nowMs})
            .where('id', '=', id)
            .execute();
        }
        return {versions: versions.length};
      }),

    markChecked: (scope, credentialsId, atMs) =>
      write(parts, async tx => {
        await tx
          .updateTable('provider_credentials')
          .set({checked_at_ms: atMs})
          .where('id', '=', credentialsId)
          .where('organization_id', '=', scope.organizationId)
          .execute();
      }),
  };
}

/** What still holds a sealed text, latest first. */
function usable(db: Db | Tx, scope: OrgScope, provider: string) {
  return db
    .selectFrom('provider_credentials')
    .selectAll()
    .where('organization_id', '=', scope.organizationId)
    .where('provider', '=', provider)
    .where('name', '=', onlyName)
    .where('sealed', '!=', '')
    .orderBy('version', 'desc');
}

async function latestVersion(tx: Tx, scope: OrgScope, provider: string): Promise<number> {
  const row = await tx
    .selectFrom('provider_credentials')
    .select('version')
    .where('organization_id', '=', scope.organizationId)
    .where('provider', '=', provider)
    .where('name', '=', onlyName)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.version ?? 0;
}

async function revoke(tx: Tx, id: string, atMs: EpochMs): Promise<void> {
  await tx.updateTable('provider_credentials').set({revoked_at_ms: atMs}).where('id', '=', id).execute();
}

async function wipeOlder(tx: Tx, scope: OrgScope, provider: string): Promise<void> {
  const tooOld = (await usable(tx, scope, provider).execute()).slice(versionsKept);
  for (const {id} of tooOld) {
    await tx.updateTable('provider_credentials').set({sealed: ''}).where('id', '=', id).execute();
  }
}

/** The one that was replaced last. A second roll-back thus undoes the first. */
function lastInUse(rows: readonly ProviderCredentialsRow[]): ProviderCredentialsRow | undefined {
  return rows.toSorted((a, b) => (b.revoked_at_ms ?? 0) - (a.revoked_at_ms ?? 0) || b.version - a.version)[0];
}

function fromRow(row: ProviderCredentialsRow): SealedCredentials {
  return {
    id: row.id,
    provider: row.provider,
    version: row.version,
    sealed: row.sealed,
    keyPrefix: row.key_prefix,
    createdBy: row.created_by,
    createdAtMs: row.created_at_ms,
    checkedAtMs: row.checked_at_ms,
    replacedAtMs: row.revoked_at_ms,
  };
}

function thereAlready(provider: string, version: number): InventivError {
  return new InventivError('conflict', `Credentials for ${provider} are stored already (version ${version}).`, {
    hint: `Replace them: inventiv credentials rotate ${provider}`,
  });
}

function noneStored(provider: string): InventivError {
  return new InventivError('not_found', `No credentials for ${provider} are stored.`, {
    hint: `Store some: inventiv credentials set ${provider}`,
  });
}

function noSuchVersion(
  provider: string,
  wanted: number | null,
  current: number,
  earlier: readonly ProviderCredentialsRow[],
): InventivError {
  if (wanted === current) {
    return new InventivError('conflict', `Version ${current} of the ${provider} credentials is in use already.`);
  }
  const known = earlier.map(row => row.version).join(', ');
  return new InventivError(
    'not_found',
    wanted === null
      ? `The ${provider} credentials have no earlier version.`
      : `The ${provider} credentials have no version ${wanted} to go back to.`,
    {hint: known === '' ? `Store others: inventiv credentials rotate ${provider}` : `Versions kept: ${known}.`},
  );
}
