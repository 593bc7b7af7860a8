import {asInventivError, type InventivError} from '../../core/errors.ts';
import type {ProviderName} from '../../core/instance/instance.ts';
import type {OrgScope} from '../../core/tenancy/org-scope.ts';
import type {SealedCredentials} from '../../ports/credentials.ts';
import {type CredentialsInUse, findCredentialsInUse} from './in-use.ts';
import type {CredentialReadTools} from './tools.ts';

export interface ProviderCredentialState {
  readonly provider: ProviderName;
  readonly inUse: CredentialsInUse | null;
  /** Why nothing is in use: none anywhere, or what is there is not whole. */
  readonly problem: InventivError | null;
  readonly versions: readonly SealedCredentials[];
}

/** For each provider that asks for credentials: what is in use, and the versions the organization keeps. Calls nobody. */
export async function listCredentials(
  tools: CredentialReadTools,
  scope: OrgScope,
): Promise<readonly ProviderCredentialState[]> {
  return Promise.all(
    tools.accounts.map(async ({provider}) => {
      const versions = await tools.credentials.versions(scope, provider);
      try {
        return {provider, inUse: await findCredentialsInUse(tools, scope, provider), problem: null, versions};
      } catch (error) {
        return {provider, inUse: null, problem: asInventivError(error), versions};
      }
    }),
  );
}
