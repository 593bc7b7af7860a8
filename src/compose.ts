import {join} from 'node:path';
import {createMockProvider} from './adapters/providers/mock/provider.ts';
import {createMockShellOpener} from './adapters/providers/mock/shell.ts';
import {readOrCreateKeyFile} from './adapters/secrets/key-file.ts';
import {aesSecretBox, hmacHasher} from './adapters/secrets/secret-box.ts';
import {openSqliteStore} from './adapters/store/open-sqlite-store.ts';
import {packagedAgent} from './adapters/system/agent-source.ts';
import {packageRoot, programPath} from './adapters/system/package-root.ts';
import {systemProcesses} from './adapters/system/processes.ts';
import {randomIds} from './adapters/system/random-ids.ts';
import {systemClock} from './adapters/system/system-clock.ts';
import {createChatUpstream} from './adapters/worker/chat-upstream.ts';
import type {ApiTools, Caller} from './api/context.ts';
import {type ApiClient, createLocalClient} from './api/local-client.ts';
import type {Config} from './config/config.ts';
import type {Env} from './config/env.ts';
import {InventivError} from './core/errors.ts';
import type {ProviderName} from './core/instance/instance.ts';
import {SEED_MODELS} from './core/model/seed.ts';
import type {Clock} from './ports/clock.ts';
import type {CloudProvider} from './ports/provider.ts';
import type {SecretHasher} from './ports/secrets.ts';
import type {ShellOpener} from './ports/shell.ts';
import type {InstanceStore, Store, StoreMaintenance} from './ports/store.ts';
import type {WorkerClient} from './ports/worker.ts';
import {type LogFields, messageOf} from './serve/log.ts';

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
  readonly clock: Clock;
}

/** Put around an adapter as soon as it is made: how a drill sees every effect, and ends the process beside it. */
export interface AdapterWrappers {
  readonly provider?: (provider: CloudProvider) => CloudProvider;
  readonly shell?: (opener: ShellOpener) => ShellOpener;
  readonly instances?: (instances: InstanceStore) => InstanceStore;
}

/** The composition root: the only place where adapters are made and put together. */
export async function openApp({config, env}: OpenOptions, wrap: AdapterWrappers = {}): Promise<App> {
  const {paths} = config;
  const clock = systemClock();
  const ids = randomIds(clock);
  const opened = await openSqliteStore({
    path: paths.database,
    migrationsDir: join(packageRoot(), 'migrations'),
    clock,
    ids,
  });
  const store = wrap.instances === undefined ? opened : {...opened, instances: wrap.instances(opened.instances)};
  try {
    const caller = await localOperator(store, env);
    const tools = composeTools({config, env}, store, clock, ids, wrap);
    const client = createLocalClient({tools, caller});
    return {
      client,
      caller,
      tools,
      store,
      hasher: tools.hasher,
      clock,
      [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
    };
  } catch (error) {
    await store[Symbol.asyncDispose]();
    throw error;
  }
}

export interface ServerOptions {
  readonly host: string;
  readonly port: number;
  readonly adminPort: number;
  readonly version: string;
  readonly stateDir: string;
  readonly drainTimeoutMs?: number | undefined;
  readonly writeLog: (entry: ServeLogEntry) => void;
}

export interface ServeLogEntry {
  readonly atMs: number;
  readonly level: 'info' | 'warn' | 'error';
  readonly event: string;
  readonly fields: LogFields;
}

export interface OpenedServer {
  readonly url: string;
  readonly adminUrl: string | null;
  /** Drains, writes all usage, closes. */
  close(): Promise<void>;
}

/** Starts `serve` on an opened installation: data plane, loops and all. */
export async function openServer({tools, store, clock}: App, options: ServerOptions): Promise<OpenedServer> {
  const [{startServer}, {serveLoops}, {createDrivePool}, {openWorkerPool}] = await Promise.all([
    import('./serve/server.ts'),
    import('./serve/loops/list.ts'),
    import('./app/loops/drive-pool.ts'),
    import('./adapters/worker/open-worker-pool.ts'),
  ]);
  const write =
    (level: ServeLogEntry['level']) =>
    (event: string, fields: LogFields = {}) =>
      options.writeLog({atMs: clock.nowMs(), level, event, fields});
  const log = {info: write('info'), warn: write('warn'), error: write('error')};
  const pool = createDrivePool(tools, (instance, error) =>
    log.error('drive_failed', {instance, reason: messageOf(error)}),
  );
  const {host, port, adminPort, version, stateDir, drainTimeoutMs} = options;
  const server = await startServer(
    {
      ...tools,
      store,
      openPool: endpoint => openWorkerPool(endpoint, endpoint.openaiUrl),
      loops: serveLoops({...tools, workers: store.workers}, pool),
      log,
    },
    {host, port, adminPort, version, stateDir, ...(drainTimeoutMs === undefined ? {} : {drainTimeoutMs})},
  );
  return {
    url: httpUrl(server.address),
    adminUrl: server.adminAddress === null ? null : httpUrl(server.adminAddress),
    close: async () => {
      await server.close();
      await pool[Symbol.asyncDispose]();
    },
  };
}

function httpUrl({host, port}: {host: string; port: number}): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Work on the store's files, possible even where the store does not open. */
export async function openStoreTools({config}: OpenOptions): Promise<StoreMaintenance> {
  const {sqliteMaintenance} = await import('./adapters/store/sqlite-maintenance.ts');
  return sqliteMaintenance({
    path: config.paths.database,
    migrationsDir: join(packageRoot(), 'migrations'),
    clock: systemClock(),
  });
}

/** Whoever can open the files owns the installation. */
async function localOperator(store: Store, env: Env): Promise<Caller> {
  const {organization, user, membership} = await store.organizations.ensureDefault({userName: env.userName});
  await store.models.seed(SEED_MODELS);
  return {scope: {organizationId: organization.id}, userId: user.id, userName: user.name, role: membership.role};
}

function composeTools(
  options: OpenOptions,
  store: Store,
  clock: Clock,
  ids: ApiTools['ids'],
  wrap: AdapterWrappers,
): ApiTools {
  const {config} = options;
  const readKey = () => readOrCreateKeyFile(config.paths.secretKey);
  const mock = mockProvider(options, clock);
  const provider = wrap.provider?.(mock.provider) ?? mock.provider;
  const shell = wrap.shell?.(mock.shell) ?? mock.shell;
  return {
    store,
    instances: store.instances,
    models: store.models,
    catalog: store.catalog,
    keys: store.keys,
    events: store.events,
    usage: store.usage,
    workers: store.workers,
    controlPlaneUrl: config.controlPlaneUrl,
    clock,
    ids,
    processes: systemProcesses(),
    secretBox: aesSecretBox(readKey),
    hasher: hmacHasher(readKey),
    agentSource: packagedAgent(join(packageRoot(), 'agent', 'agent.py')),
    worker: lazyWorkerClient(),
    upstream: createChatUpstream(),
    providers: ['mock'],
    providerFor: name => forProvider(name, {mock: provider}),
    shellFor: name => forProvider(name, {mock: shell}),
    defaultEngineCommand: name =>
      name === 'mock' ? [process.execPath, programPath('src/adapters/providers/mock/fake-vllm/main.ts')] : ['vllm'],
  };
}

function mockProvider(
  {config: {paths, mock}, env}: OpenOptions,
  clock: Clock,
): {provider: CloudProvider; shell: ShellOpener} {
  const cloud = {
    cloudDir: paths.mockDir,
    cloudEntryPath: programPath('src/adapters/providers/mock/cloud/main.ts'),
    ...(env.searchPath === null ? {} : {searchPath: env.searchPath}),
    clock,
  };
  return {
    provider: createMockProvider({
      ...cloud,
      ...(mock.profile === null ? {} : {profile: mock.profile}),
      ...(mock.scenario === null ? {} : {scenarioPath: mock.scenario}),
    }),
    shell: createMockShellOpener(cloud),
  };
}

function forProvider<T>(name: ProviderName, made: Partial<Record<ProviderName, T>>): T {
  const found = made[name];
  if (found === undefined) {
    throw new InventivError('invalid_input', `The provider "${name}" is not available in this version.`, {
      hint: `Use one of: ${Object.keys(made).join(', ')}.`,
    });
  }

  return found;
}

/** The HTTP client behind it is large: loaded when a worker is first called, which most commands never do. */
function lazyWorkerClient(): WorkerClient {
  let opened: Promise<WorkerClient> | undefined;
  const open = () =>
    (opened ??= import('./adapters/worker/worker-client.ts').then(module => module.createWorkerClient()));
  return {
    isEngineHealthy: async target => (await open()).isEngineHealthy(target),
    readModels: async target => (await open()).readModels(target),
    warmUp: async (target, request) => (await open()).warmUp(target, request),
    readLoad: async target => (await open()).readLoad(target),
    readAgentInfo: async target => (await open()).readAgentInfo(target),
    readLog: async (target, log, tailLines) => (await open()).readLog(target, log, tailLines),
  };
}
