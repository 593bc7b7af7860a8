import type {CredentialsInUse} from '../../app/credentials/in-use.ts';
import type {ProviderCredentialState} from '../../app/credentials/list-credentials.ts';
import {keyPrefixOf} from '../../app/credentials/sealed.ts';
import {isoTime} from '../../core/time.ts';
import type {SealedCredentials} from '../../ports/credentials.ts';
import type {CredentialsInUseView, CredentialVersionView, ProviderCredentialsView} from '../contract/credentials.ts';

/** Field by field, so that nothing secret can slip through. */
export function credentialsInUseView({credentials, source, detail}: CredentialsInUse): CredentialsInUseView {
  const {projectId, zone = null} = credentials;
  return {source, detail, keyPrefix: keyPrefixOf(credentials), projectId, zone};
}

export function credentialVersionView(stored: SealedCredentials): CredentialVersionView {
  const {provider, version, keyPrefix, createdBy, createdAtMs, checkedAtMs, replacedAtMs} = stored;
  return {
    ...{provider, version, keyPrefix, createdBy},
    inUse: replacedAtMs === null,
    createdAt: isoTime(createdAtMs),
    checkedAt: checkedAtMs === null ? null : isoTime(checkedAtMs),
    replacedAt: replacedAtMs === null ? null : isoTime(replacedAtMs),
  };
}

export function providerCredentialsView(state: ProviderCredentialState): ProviderCredentialsView {
  const {provider, inUse, problem, versions} = state;
  return {
    provider,
    inUse: inUse === null ? null : credentialsInUseView(inUse),
    problem: problem === null ? null : {code: problem.code, message: problem.message, hint: problem.hint ?? null},
    versions: versions.map(credentialVersionView),
  };
}
