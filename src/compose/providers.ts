import {createHostProvider} from '../adapters/providers/host/provider.ts';
import {createMockProvider} from '../adapters/providers/mock/provider.ts';
import {createMockShellOpener} from '../adapters/providers/mock/shell.ts';
import {createScalewayAccount} from '../adapters/providers/scaleway/account.ts';
import {createScalewayProvider} from '../adapters/providers/scaleway/provider.ts';
import {programPath} from '../adapters/system/package-root.ts';
import {keptCredentials} from '../app/credentials/in-use.ts';
import type {MachineKind} from '../app/drive-instance/step.ts';
import {scwConfigPath} from '../config/paths.ts';
import {InventivError} from '../core/errors.ts';
import type {ProviderName} from '../core/instance/instance.ts';
import type {OrgScope} from '../core/tenancy/org-scope.ts';
import type {Clock} from '../ports/clock.ts';
import type {Ids} from '../ports/ids.ts';
import type {CloudProvider} from '../ports/provider.ts';
import type {ProviderAccount} from '../ports/provider-account.ts';
import type {SecretBox} from '../ports/secrets.ts';
import type {ShellOpener} from '../ports/shell.ts';
import type {Store} from '../ports/store.ts';
import type {AdapterWrappers, OpenOptions} from './app.ts';
import type {Ssh} from './ssh.ts';

export interface ComposedProviders {
  readonly providers: readonly ProviderName[];
  readonly accounts: readonly ProviderAccount[];
  readonly providerFor: (name: ProviderName) => CloudProvider;
  readonly shellFor: (name: ProviderName) => ShellOpener;
  readonly defaultEngineCommand: (name: ProviderName) => readonly string[];
  readonly machineKind: (name: ProviderName) => MachineKind;
}

/** What the machines are decides how they are set up and cleaned. */
const machineKinds: Readonly<Record<ProviderName, MachineKind>> = {
  mock: 'simulated',
  scaleway: 'rented',
  host: 'owned',
};

interface Basics {
  readonly store: Store;
  readonly scope: OrgScope;
  readonly secretBox: SecretBox;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly ssh: Ssh;
}

/** Every provider with the way into its machines. A further cloud is its folder and a few lines here. */
export function composeProviders(options: OpenOptions, basics: Basics, wrap: AdapterWrappers): ComposedProviders {
  const {clock, ids, secretBox, store, scope, ssh} = basics;
  const mock = mockProvider(options, clock);
  const wrapped = (shell: ShellOpener) => wrap.shell?.(shell) ?? shell;
  const shells = {mock: wrapped(mock.shell), scaleway: wrapped(ssh.shell), host: wrapped(ssh.shell)};
  const host = createHostProvider({hosts: store.hosts, scope, shell: shells.host, ids});
  const accounts = [scalewayAccount(options, clock, ids)];
  const scaleway = createScalewayProvider({
    credentials: keptCredentials({credentials: store.credentials, secretBox, accounts, clock}, scope, 'scaleway'),
    apiUrl: options.env.scaleway.apiUrl ?? undefined,
    clock,
    ids,
  });
  const made = {
    mock: wrap.provider?.(mock.provider) ?? mock.provider,
    scaleway: wrap.provider?.(scaleway) ?? scaleway,
    host: wrap.provider?.(host) ?? host,
  };
  return {
    providers: ['mock', 'scaleway', 'host'],
    accounts,
    providerFor: name => forProvider(name, made),
    shellFor: name => forProvider(name, shells),
    machineKind: name => machineKinds[name],
    defaultEngineCommand: name =>
      name === 'mock' ? [process.execPath, programPath('src/adapters/providers/mock/fake-vllm/main.ts')] : ['vllm'],
  };
}

export function scalewayAccount({config, env}: OpenOptions, clock: Clock, ids: Ids): ProviderAccount {
  const {profile} = env.scaleway;
  const variables = {...env.scaleway, projectId: config.scaleway.projectId};
  return createScalewayAccount({sources: {variables, configPath: scwConfigPath(env), profile}, clock, ids});
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
