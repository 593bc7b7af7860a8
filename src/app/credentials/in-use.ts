import type {ProviderName} from '../../core/instance/instance.ts';
import type {OrgScope} from '../../core/tenancy/org-scope.ts';
import type {Clock} from '../../ports/clock.ts';
import type {AmbientCredentials, ProviderCredentials} from '../../ports/provider-account.ts';
import {openCredentials} from './sealed.ts';
import {accountAt, type CredentialReadTools} from './tools.ts';

export interface CredentialsInUse {
  readonly credentials: ProviderCredentials;
  readonly source: 'organization' | AmbientCredentials['source'];
  /** Which version, which variables, which file; for people. */
  readonly detail: string;
  /** Of the stored row; null when they come from this machine. */
  readonly storedId: string | null;
}

/** How long a change made by another process may go unnoticed. */
const keptForMs = 10_000;

/**
 * What calls to the provider are made with: what the organization stored, else what this machine holds. Stored ones that do
 * not open are an error, never a reason to spend on another account.
 */
export async function findCredentialsInUse(
  tools: CredentialReadTools,
  scope: OrgScope,
  provider: ProviderName,
): Promise<CredentialsInUse> {
  const account = accountAt(tools, provider);
  const stored = await tools.credentials.current(scope, provider);
  if (stored === null) return {...(await account.readAmbient()), storedId: null};
  return {
    credentials: openCredentials(tools.secretBox, scope, account, stored),
    source: 'organization',
    detail: `version ${stored.version}`,
    storedId: stored.id,
  };
}

/** The same for one provider's adapter, which asks at every call: read once in a while, and never kept when it failed. */
export function keptCredentials(
  tools: CredentialReadTools & {readonly clock: Clock},
  scope: OrgScope,
  provider: ProviderName,
): () => Promise<ProviderCredentials> {
  let kept: {readonly reading: Promise<ProviderCredentials>; readonly untilMs: number} | null = null;
  return () => {
    const nowMs = tools.clock.nowMs();
    if (kept !== null && nowMs < kept.untilMs) return kept.reading;
    const reading = findCredentialsInUse(tools, scope, provider).then(({credentials}) => credentials);
    const mine = {reading, untilMs: nowMs + keptForMs};
    kept = mine;
    reading.catch(() => {
      if (kept === mine) kept = null;
    });
    return reading;
  };
}
