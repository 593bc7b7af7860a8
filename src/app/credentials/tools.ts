import {InventivError} from '../../core/errors.ts';
import type {ProviderName} from '../../core/instance/instance.ts';
import type {Clock} from '../../ports/clock.ts';
import type {CredentialStore} from '../../ports/credentials.ts';
import type {Ids} from '../../ports/ids.ts';
import type {InstanceStore} from '../../ports/instances.ts';
import type {ProviderAccount} from '../../ports/provider-account.ts';
import type {SecretBox} from '../../ports/secrets.ts';
import type {AuditStore} from '../../ports/store.ts';

/** What reading the credentials of an organization takes. */
export interface CredentialReadTools {
  readonly credentials: Pick<CredentialStore, 'current' | 'versions'>;
  readonly secretBox: SecretBox;
  /** One for each provider that asks for credentials. */
  readonly accounts: readonly ProviderAccount[];
}

/** What changing and testing them takes. */
export interface CredentialTools extends CredentialReadTools {
  readonly credentials: CredentialStore;
  readonly audit: AuditStore;
  readonly instances: Pick<InstanceStore, 'list'>;
  readonly clock: Clock;
  readonly ids: Ids;
}

/** Who asks, for the audit log. */
export interface Actor {
  readonly userId: string;
  readonly userName: string;
  readonly correlationId: string;
}

export function accountAt({accounts}: Pick<CredentialReadTools, 'accounts'>, provider: ProviderName): ProviderAccount {
  const account = accounts.find(each => each.provider === provider);
  if (account === undefined) {
    throw new InventivError('invalid_input', `The provider "${provider}" needs no credentials.`, {
      hint: `Those that do: ${accounts.map(each => each.provider).join(', ') || 'none'}.`,
      param: 'provider',
    });
  }

  return account;
}
