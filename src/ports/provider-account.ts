import type {ProviderName} from '../core/instance/instance.ts';
import type {CallContext} from './provider.ts';

/**
 * What the account at a provider asks for, without any call of `CloudProvider`: which credentials are whole, what this
 * machine holds of them, and whether they are accepted. Providers that ask for none (the mock) have none of these.
 */
export interface ProviderAccount {
  readonly provider: ProviderName;
  /** Whole and well-formed, or throws `provider_auth` (one is missing) or `invalid_config` (malformed). Tells no value. */
  check(given: Partial<ProviderCredentials>): ProviderCredentials;
  /** What this machine holds: environment, then the file of the provider's own tools. Throws as `check` does. */
  readAmbient(): Promise<AmbientCredentials>;
  /** Tries them without making anything. Throws `provider_auth` when the key itself is refused (401). */
  test(credentials: ProviderCredentials, call: CallContext): Promise<readonly AccountCheck[]>;
}

/** `secretKey` is the password of the account: sealed wherever it is kept, and never told. */
export interface ProviderCredentials {
  readonly accessKey: string;
  readonly secretKey: string;
  readonly projectId: string;
  /** Where to look when the account is tried; where machines are started is another setting. */
  readonly zone?: string;
  readonly apiUrl?: string;
}

export interface AmbientCredentials {
  readonly credentials: ProviderCredentials;
  /** Where the secret key comes from. */
  readonly source: 'environment' | 'provider_file';
  /** Names of variables and the path of the file, for people. */
  readonly detail: string;
}

/** One thing the key is needed for, and whether it may. */
export interface AccountCheck {
  readonly name: string;
  /** What was found, or why not. */
  readonly detail: string;
  readonly hint: string | null;
  readonly ok: boolean;
}
