import type {ApiTools, Caller} from '../api/context.ts';
import type {ApiClient} from '../api/local-client.ts';
import type {Config} from '../config/config.ts';
import type {Env} from '../config/env.ts';
import type {Clock} from '../ports/clock.ts';
import type {InstanceStore} from '../ports/instances.ts';
import type {CloudProvider} from '../ports/provider.ts';
import type {SecretHasher} from '../ports/secrets.ts';
import type {ShellOpener} from '../ports/shell.ts';
import type {Store, StoreMaintenance} from '../ports/store.ts';

export type {StoreMaintenance};

export interface OpenOptions {
  readonly config: Config;
  readonly env: Env;
}

/** The opened installation. Everything in it is closed when it is disposed. */
export interface App extends AsyncDisposable {
  readonly client: ApiClient;
  readonly caller: Caller;
  readonly tools: ApiTools;
  readonly store: Store;
  readonly hasher: SecretHasher;
  /** Where the key is kept that seals secrets, for people. */
  readonly keyPlace: string;
  readonly clock: Clock;
}

/** Put around an adapter as soon as it is made: how a drill sees every effect, and ends the process beside it. */
export interface AdapterWrappers {
  /** Time itself; a drill lets it run faster. */
  readonly clock?: (clock: Clock) => Clock;
  readonly provider?: (provider: CloudProvider) => CloudProvider;
  readonly shell?: (opener: ShellOpener) => ShellOpener;
  readonly instances?: (instances: InstanceStore) => InstanceStore;
}
