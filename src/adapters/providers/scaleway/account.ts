import type {AmbientCredentials, ProviderAccount} from '../../../ports/provider-account.ts';
import {checkScalewayAccount} from './check-account.ts';
import {checkCredentials, isSet} from './credentials.ts';
import type {HttpOptions} from './http.ts';
import {type CredentialSources, readScalewayCredentials} from './read-credentials.ts';

export interface ScalewayAccountOptions extends HttpOptions {
  readonly sources: CredentialSources;
}

/** Any zone answers whether a key may list; this one sells every GPU family. */
const zoneToTry = 'fr-par-2';

/** Scaleway's account behind the port: `SCW_*` variables, then the file of `scw`, tried against the real API. */
export function createScalewayAccount({sources, ...http}: ScalewayAccountOptions): ProviderAccount {
  return {
    provider: 'scaleway',
    check: checkCredentials,
    readAmbient: async () => ({credentials: await readScalewayCredentials(sources), ...originOf(sources)}),
    test: (credentials, call) =>
      checkScalewayAccount(
        {...http, credentials: async () => credentials, apiUrl: sources.variables.apiUrl ?? undefined},
        credentials.zone ?? zoneToTry,
        call,
      ),
  };
}

function originOf({variables, configPath, profile}: CredentialSources): Omit<AmbientCredentials, 'credentials'> {
  const needed = [
    {name: 'SCW_ACCESS_KEY', value: variables.accessKey},
    {name: 'SCW_SECRET_KEY', value: variables.secretKey},
    {name: 'SCW_DEFAULT_PROJECT_ID', value: variables.projectId},
  ];
  const set = needed.filter(({value}) => isSet(value)).map(({name}) => name);
  const file = `${configPath ?? 'no file'}${isSet(profile) ? `, profile ${profile}` : ''}`;
  const source = isSet(variables.secretKey) ? 'environment' : 'provider_file';
  if (set.length === 0) return {source, detail: file};
  return {source, detail: set.length === needed.length ? set.join(', ') : `${set.join(', ')}; the rest from ${file}`};
}
