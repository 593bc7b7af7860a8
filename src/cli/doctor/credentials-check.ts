import type {StoreMaintenance} from '../../compose/app.ts';
import type {Config} from '../../config/config.ts';
import type {Env} from '../../config/env.ts';
import {inUseText} from '../../ui/views/credentials-view.ts';
import type {CheckResult} from '../../ui/views/findings-view.ts';
import type {ProviderCredentialsView} from '../api-client.ts';
import {ok, problem} from './result.ts';

/** What providers would be called with, by the organization's store too when it can be read as it is. */
export type FindCredentials = (
  config: Config,
  store: {isStoreReadable: boolean},
) => Promise<readonly ProviderCredentialsView[]>;

interface Sources {
  openStoreTools(config: Config): Promise<StoreMaintenance>;
  readonly findCredentials: FindCredentials;
}

/** Which credentials are used and where they come from. Missing ones matter only where the provider of this configuration asks for them. */
export async function credentialsCheck(config: Config, {hub}: Env, sources: Sources): Promise<CheckResult> {
  const isStoreReadable = await canRead(config, sources);
  const found = await sources.findCredentials(config, {isStoreReadable});
  const needed = found.find(each => each.provider === config.provider);
  if (needed !== undefined && needed.inUse === null) {
    return problem(
      'credentials',
      `the provider is ${config.provider}: ${needed.problem?.message ?? 'it has no credentials'}`,
      needed.problem?.hint ?? `inventiv credentials set ${config.provider}`,
    );
  }

  const used = found.flatMap(({provider, inUse}) => (inUse === null ? [] : [`${provider} uses ${inUseText(inUse)}`]));
  const hf =
    hub.tokenFile === null && hub.token === null
      ? 'HF_TOKEN is not set (only gated models need it)'
      : 'HF_TOKEN is set';
  const none = needed === undefined ? [`none needed for ${config.provider}`] : [];
  return ok('credentials', [...none, ...used, hf].join('; '));
}

/** Opening a store makes and migrates it, which looking must not. A broken one is the finding of another check. */
async function canRead(config: Config, {openStoreTools}: Sources): Promise<boolean> {
  try {
    const status = await (await openStoreTools(config)).status();
    return status.exists && status.pending.length === 0 && (status.schemaVersion ?? 0) <= status.programVersion;
  } catch {
    return false;
  }
}
