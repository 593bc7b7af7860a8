import {join} from 'node:path';
import type {InstallationKey} from './adapters/secrets/key-place.ts';
import {aesSecretBox, hmacHasher} from './adapters/secrets/secret-box.ts';
import {openSqliteStore} from './adapters/store/open-sqlite-store.ts';
import {packagedAgent} from './adapters/system/agent-source.ts';
import {packageRoot} from './adapters/system/package-root.ts';
import {systemProcesses} from './adapters/system/processes.ts';
import {randomIds} from './adapters/system/random-ids.ts';
import {systemClock} from './adapters/system/system-clock.ts';
import {createChatUpstream} from './adapters/worker/chat-upstream.ts';
import type {ApiTools, Caller} from './api/context.ts';
import type {ProviderCredentialsView} from './api/contract/credentials.ts';
import {createLocalClient} from './api/local-client.ts';
import {providerCredentialsView} from './api/views/credentials-view.ts';
import {listCredentials} from './app/credentials/list-credentials.ts';
import type {AdapterWrappers, App, OpenOptions} from './compose/app.ts';
import {moveInstallationKey, openInstallationKey, unreadableKey} from './compose/installation-key.ts';
import {composeProviders, scalewayAccount} from './compose/providers.ts';
import {lazyServeInspector} from './compose/serve-inspector.ts';
import type {OpenedServer, ServerOptions} from './compose/server.ts';
import {lazySsh, type Ssh} from './compose/ssh.ts';
import {lazyWorkerClient} from './compose/worker.ts';
import type {Env} from './config/env.ts';
import {hubUrl, readHubToken} from './config/hub-token.ts';
import {SEED_MODELS} from './core/model/seed.ts';
import type {OrgScope} from './core/tenancy/org-scope.ts';
import type {Clock} from './ports/clock.ts';
import type {Store, StoreMaintenance} from './ports/store.ts';

/** Streams and heartbeats wait no longer than this for what else the process does with its store. */
const storeBlockMaxMs = 5;

/** The composition root: the only place where adapters are made and put together. */
export async function openApp({config, env}: OpenOptions, wrap: AdapterWrappers = {}): Promise<App> {
  const {paths} = config;
  const real = systemClock();
  const clock = wrap.clock?.(real) ?? real;
  const ids = randomIds(clock);
  const opened = await openSqliteStore({
    path: paths.database,
    migrationsDir: join(packageRoot(), 'migrations'),
    clock,
    ids,
    blockMaxMs: storeBlockMaxMs,
  });
  const ssh = lazySsh(config, clock);
  const store = wrap.instances === undefined ? opened : {...opened, instances: wrap.instances(opened.instances)};
  try {
    const key = await openInstallationKey({config, env}).catch(unreadableKey);
    const caller = await localOperator(store, env);
    const tools = composeTools({config, env}, {store, scope: caller.scope, clock, ssh, key}, wrap);
    const client = createLocalClient({tools, caller});
    return {
      client,
      caller,
      tools,
      store,
      hasher: tools.hasher,
      keyPlace: key.place,
      clock,
      [Symbol.asyncDispose]: async () => {
        await ssh[Symbol.asyncDispose]();
        await store[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await store[Symbol.asyncDispose]();
    throw error;
  }
}

/** Starts `serve` on an opened installation: data plane, loops and all. */
export async function openServer(app: App, options: ServerOptions): Promise<OpenedServer> {
  const server = await import('./compose/server.ts');
  return await server.openServer(app, options);
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

/** Where the installation's key is kept, or is from now on. */
export async function placeOfKey(
  options: OpenOptions,
  moveTo?: 'keyring' | 'file',
): Promise<Pick<InstallationKey, 'kind' | 'place'>> {
  const {kind, place} = await (moveTo === undefined
    ? openInstallationKey(options)
    : moveInstallationKey(options, moveTo));
  return {kind, place};
}

/** What providers would be called with. Without a readable store only this machine is looked at, and none is made. */
export async function describeCredentials(
  options: OpenOptions,
  {isStoreReadable}: {isStoreReadable: boolean},
): Promise<readonly ProviderCredentialsView[]> {
  if (isStoreReadable) {
    await using app = await openApp(options);
    return await app.client.credentials.list({});
  }

  const clock = systemClock();
  const states = await listCredentials(
    {
      credentials: {current: async () => null, versions: async () => []},
      secretBox: aesSecretBox((await openInstallationKey(options)).read),
      accounts: [scalewayAccount(options, clock, randomIds(clock))],
    },
    {organizationId: ''},
  );
  return states.map(providerCredentialsView);
}

/** Whoever can open the files owns the installation. */
async function localOperator(store: Store, env: Env): Promise<Caller> {
  const {organization, user, membership} = await store.organizations.ensureDefault({userName: env.userName});
  await store.models.seed(SEED_MODELS);
  return {scope: {organizationId: organization.id}, userId: user.id, userName: user.name, role: membership.role};
}

function composeTools(
  options: OpenOptions,
  {store, scope, clock, ssh, key}: {store: Store; scope: OrgScope; clock: Clock; ssh: Ssh; key: InstallationKey},
  wrap: AdapterWrappers,
): ApiTools {
  const {config} = options;
  const ids = randomIds(clock);
  const secretBox = aesSecretBox(key.read);
  return {
    store,
    instances: store.instances,
    models: store.models,
    catalog: store.catalog,
    keys: store.keys,
    events: store.events,
    usage: store.usage,
    prices: store.prices,
    budgets: store.budgets,
    workers: store.workers,
    credentials: store.credentials,
    hosts: store.hosts,
    hostKeys: ssh.hostKeys,
    hostUser: config.ssh.user,
    audit: store.audit,
    controlPlaneUrl: config.controlPlaneUrl,
    clock,
    ids,
    processes: systemProcesses(),
    secretBox,
    hasher: hmacHasher(key.read),
    agentSource: packagedAgent(join(packageRoot(), 'agent', 'agent.py')),
    hub: {readUrl: () => hubUrl(options.env.hub), readToken: () => readHubToken(options.env.hub)},
    worker: lazyWorkerClient(),
    upstream: createChatUpstream(),
    serveInspector: lazyServeInspector(config.serve.adminPort),
    ...composeProviders(options, {store, scope, secretBox, clock, ids, ssh}, wrap),
  };
}
