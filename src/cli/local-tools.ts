import type {App} from '../compose/app.ts';
import type {OpenedServer, ServerOptions} from '../compose/server.ts';
import type {Config} from '../config/config.ts';
import type {Env} from '../config/env.ts';
import type {ApiClient, ProviderCredentialsView} from './api-client.ts';

/** What a command says when it opens the installation. */
export interface OpenOptions {
  readonly config: Config;
  readonly env: Env;
}

/** The opened installation, as far as commands may see it. */
export interface OpenedApp extends AsyncDisposable {
  readonly client: ApiClient;
}

/** Work on the store's files, possible even where the store does not open. */
export interface StoreTools {
  status(): Promise<StoreStatus>;
  migrate(): Promise<{applied: readonly string[]}>;
  /** Empty when the store is sound. */
  check(): Promise<readonly string[]>;
  backup(toPath: string): Promise<{bytes: number}>;
  restore(fromPath: string): Promise<{previousKeptAt: string | null}>;
}

export interface StoreStatus {
  readonly location: string;
  readonly exists: boolean;
  readonly schemaVersion: number | null;
  readonly programVersion: number;
  readonly pending: readonly string[];
  readonly bytes: number;
}

/** What the composition root offers to the command line. */
export interface Composition {
  openApp(options: OpenOptions): Promise<App>;
  openServer(app: App, options: ServerOptions): Promise<OpenedServer>;
  openStoreTools(options: OpenOptions): StoreTools | Promise<StoreTools>;
  /** What providers would be called with; makes and changes nothing. */
  describeCredentials(
    options: OpenOptions,
    store: {isStoreReadable: boolean},
  ): Promise<readonly ProviderCredentialsView[]>;
}
