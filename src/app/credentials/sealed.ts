import {InventivError} from '../../core/errors.ts';
import type {OrgScope} from '../../core/tenancy/org-scope.ts';
import type {SealedCredentials} from '../../ports/credentials.ts';
import type {ProviderAccount, ProviderCredentials} from '../../ports/provider-account.ts';
import type {SecretBox} from '../../ports/secrets.ts';

const shownKeyChars = 7;

/** Enough of an access key to recognize it, too little to use it. */
export function keyPrefixOf({accessKey}: Pick<ProviderCredentials, 'accessKey'>): string {
  return accessKey.slice(0, shownKeyChars);
}

export function sealCredentials(
  box: SecretBox,
  scope: OrgScope,
  provider: string,
  version: number,
  credentials: ProviderCredentials,
): string {
  return box.seal(JSON.stringify(credentials), contextOf(scope, provider, version));
}

/** Opens and checks what was sealed. Bound to its place: a row copied to another organization or version does not open. */
export function openCredentials(
  box: SecretBox,
  scope: OrgScope,
  account: ProviderAccount,
  {provider, version, sealed}: SealedCredentials,
): ProviderCredentials {
  const text = box.open(sealed, contextOf(scope, provider, version));
  try {
    return account.check(JSON.parse(text) as Partial<ProviderCredentials>);
  } catch {
    // What JSON.parse says of a text may quote it.
    throw new InventivError(
      'invalid_config',
      `The stored ${provider} credentials (version ${version}) are not whole.`,
      {
        hint: `Store them again: inventiv credentials rotate ${provider}`,
        detailCode: 'credentials_malformed',
      },
    );
  }
}

function contextOf({organizationId}: OrgScope, provider: string, version: number): string {
  return `provider credentials: ${organizationId} ${provider} ${version}`;
}
