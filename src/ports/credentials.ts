import type {OrgScope} from '../core/tenancy/org-scope.ts';
import type {EpochMs} from '../core/time.ts';

/** Credentials of an organization at a provider, sealed by the caller. One version is in use; a few earlier ones are kept. */
export interface CredentialStore {
  /** The version in use; null when the organization keeps none. */
  current(scope: OrgScope, provider: string): Promise<SealedCredentials | null>;
  /** Versions that can still be used, latest first. */
  versions(scope: OrgScope, provider: string): Promise<readonly SealedCredentials[]>;
  /** Puts the next version in use. `conflict` when there is one already (`first`), `not_found` when there is none (`next`). */
  add(scope: OrgScope, request: NewCredentials): Promise<SealedCredentials>;
  /**
   * Puts an earlier version back in use: this one, or the one that was in use before the present. `not_found` without it;
   * what `verify` throws leaves everything as it was.
   */
  rollBack(
    scope: OrgScope,
    request: {provider: string; toVersion: number | null; verify: (chosen: SealedCredentials) => void},
  ): Promise<SealedCredentials>;
  /** Forgets what was sealed in every version; says how many there were. `not_found` when none. */
  remove(scope: OrgScope, provider: string): Promise<{versions: number}>;
  /** Keeps when a version was last accepted by the provider. */
  markChecked(scope: OrgScope, credentialsId: string, atMs: EpochMs): Promise<void>;
}

export interface NewCredentials {
  readonly id: string;
  readonly provider: string;
  readonly mode: 'first' | 'next';
  /** First characters of the access key, to recognize it by. */
  readonly keyPrefix: string;
  readonly createdBy: string;
  /** Called inside the transaction, with the number this version gets. */
  readonly seal: (version: number) => string;
}

export interface SealedCredentials {
  readonly id: string;
  readonly provider: string;
  readonly version: number;
  readonly sealed: string;
  readonly keyPrefix: string;
  readonly createdBy: string;
  readonly createdAtMs: EpochMs;
  readonly checkedAtMs: EpochMs | null;
  /** When another version took its place; null while it is in use. */
  readonly replacedAtMs: EpochMs | null;
}
