import {checkCredentials, isSet, type PartialCredentials, type ScalewayCredentials} from './credentials.ts';
import {readScwConfig} from './scw-config.ts';

export interface CredentialSources {
  /** SCW_ACCESS_KEY, SCW_SECRET_KEY, SCW_DEFAULT_PROJECT_ID, SCW_DEFAULT_ZONE, SCW_API_URL. */
  readonly variables: PartialCredentials;
  /** The file that `scw init` writes, such as ~/.config/scw/config.yaml; it may not exist. Null: none is read. */
  readonly configPath: string | null;
  /** SCW_PROFILE: which profile of that file; its `active_profile` otherwise. */
  readonly profile?: string | null;
}

/** Each value from the environment, else from scw's own file. Throws `provider_auth` for a missing one, `invalid_config` for a wrong one. */
export async function readScalewayCredentials(sources: CredentialSources): Promise<ScalewayCredentials> {
  const {variables, configPath, profile} = sources;
  const isComplete = isSet(variables.accessKey) && isSet(variables.secretKey) && isSet(variables.projectId);
  const isFileWanted = !isComplete || isSet(profile);
  const file = configPath === null || !isFileWanted ? {} : await readScwConfig(configPath, profile ?? null);
  return checkCredentials({
    accessKey: variables.accessKey || file.accessKey,
    secretKey: variables.secretKey || file.secretKey,
    projectId: variables.projectId || file.projectId,
    zone: variables.zone || file.zone,
    apiUrl: variables.apiUrl || file.apiUrl,
  });
}
