import {existsSync, readFileSync, statSync} from 'node:fs';
import {dirname, join, resolve} from 'node:path';
import {InventivError} from '../core/errors.ts';
import type {HealthSettings} from '../core/health/settings.ts';
import type {ProviderName, VllmMode} from '../core/instance/instance.ts';
import {parseDurationMs} from '../core/time.ts';
import {type ConfigFile, type MockProfile, mockProfiles} from './config-file.ts';
import type {Env} from './env.ts';
import {configCandidates, type StatePaths, statePaths} from './paths.ts';
import {readHealth} from './read-health.ts';

/** The settings of this run: file and environment merged over the defaults. Flags come on top, in the commands. */
export interface Config {
  /** The file that was read; null when there is none. */
  readonly file: string | null;
  readonly provider: ProviderName;
  readonly model: string | null;
  readonly zone: string | null;
  readonly type: string | null;
  readonly mode: VllmMode | null;
  readonly onFailure: 'keep' | 'terminate';
  readonly waitTimeout: string;
  readonly serve: {
    readonly host: string;
    readonly port: number;
    readonly adminPort: number;
    readonly corsOrigins: readonly string[];
    readonly maxTokens: number | null;
  };
  readonly health: HealthSettings;
  readonly alerts: AlertSettings;
  /** Null: the mock cloud stays as it is (`fast` at first). */
  readonly mock: {readonly profile: MockProfile | null; readonly scenario: string | null};
  readonly ssh: SshConfig;
  readonly controlPlaneUrl: string | null;
  readonly scaleway: {readonly projectId: string | null};
  readonly paths: StatePaths;
}

/** How machines are logged in to. The installation's own key is tried after the files, the agent last. */
export interface SshConfig {
  /** Who logs in where the machine does not say; anyone but root needs sudo without a password. */
  readonly user: string;
  readonly keyFiles: readonly string[];
  /** `SSH_AUTH_SOCK`; null: no agent, or it is not to be asked. */
  readonly agentSocket: string | null;
  readonly connectTimeoutMs: number;
}

export interface AlertSettings {
  /** Null: alerts are kept, listed and logged, and sent nowhere. */
  readonly webhookUrl: string | null;
  /** Read by whoever sends; `INVENTIV_ALERTS_WEBHOOK_SECRET` wins over it. */
  readonly webhookSecretFile: string | null;
  readonly webhookAllowPrivate: boolean;
}

const configBytesMax = 256 * 1024;
const providers: readonly ProviderName[] = ['mock', 'scaleway', 'host'];

/** Reads and checks the configuration. Without a file this costs a few `stat` calls and loads nothing. */
export async function loadConfig(env: Env, workingDir: string = process.cwd()): Promise<Config> {
  const file = findConfigFile(env, workingDir);
  const {settings, source} = file === null ? {settings: {}, source: null} : await readConfigFile(file);
  return merge(settings, source, env);
}

export function findConfigFile(env: Env, workingDir: string): string | null {
  const found = configCandidates(env, workingDir).find(candidate => existsSync(candidate));
  if (found === undefined && env.configFile !== null) {
    throw new InventivError('invalid_config', `INVENTIV_CONFIG names ${env.configFile}, which does not exist.`, {
      hint: 'Correct the path, or unset INVENTIV_CONFIG.',
    });
  }

  return found ?? null;
}

async function readConfigFile(file: string): Promise<{settings: ConfigFile; source: string}> {
  const size = statSync(file).size;
  if (size > configBytesMax) {
    throw new InventivError(
      'invalid_config',
      `${file} has ${size} bytes; a config file has at most ${configBytesMax}.`,
    );
  }

  const {parseConfig} = await import('./parse-config.ts');
  return {settings: parseConfig(readFileSync(file, 'utf8'), file), source: file};
}

function merge(settings: ConfigFile, file: string | null, env: Env): Config {
  const stateDir = env.stateDir ?? settings.stateDir ?? null;
  const scenario =
    env.mockScenario ??
    (settings.mock?.scenario === undefined || file === null ? null : resolve(dirname(file), settings.mock.scenario));
  return {
    file,
    provider: choice(env.provider, providers, 'INVENTIV_PROVIDER') ?? settings.provider ?? 'mock',
    model: env.model ?? settings.model ?? null,
    zone: env.zone ?? settings.zone ?? null,
    type: settings.type ?? null,
    mode: settings.mode ?? null,
    onFailure: settings.onFailure ?? 'terminate',
    waitTimeout: settings.waitTimeout ?? '30m',
    serve: {
      host: settings.serve?.host ?? '127.0.0.1',
      port: settings.serve?.port ?? 4141,
      adminPort: settings.serve?.adminPort ?? 4142,
      corsOrigins: settings.serve?.corsOrigins ?? [],
      maxTokens: settings.serve?.maxTokens ?? null,
    },
    health: readHealth(settings.health ?? {}),
    alerts: {
      webhookUrl: settings.alerts?.webhookUrl ?? null,
      webhookSecretFile: settings.alerts?.webhookSecretFile ?? null,
      webhookAllowPrivate: settings.alerts?.webhookAllowPrivate ?? false,
    },
    mock: {
      profile: choice(env.mockProfile, mockProfiles, 'INVENTIV_MOCK_PROFILE') ?? settings.mock?.profile ?? null,
      scenario,
    },
    ssh: sshConfig(settings.ssh ?? {}, file, env),
    controlPlaneUrl: env.controlPlaneUrl ?? settings.controlPlaneUrl ?? null,
    scaleway: {projectId: env.scaleway.projectId ?? settings.scaleway?.projectId ?? null},
    paths: statePaths({...env, stateDir}),
  };
}

function sshConfig(settings: NonNullable<ConfigFile['ssh']>, file: string | null, env: Env): SshConfig {
  const base = file === null ? env.home : dirname(file);
  return {
    user: env.ssh.user ?? settings.user ?? 'root',
    keyFiles:
      env.ssh.keyFile === null
        ? (settings.keys ?? []).map(key => keyPath(key, base, env.home))
        : [resolve(env.ssh.keyFile)],
    agentSocket: settings.agent === false ? null : env.ssh.agentSocket,
    connectTimeoutMs: parseDurationMs(settings.connectTimeout ?? '15s', 'ssh.connectTimeout'),
  };
}

function keyPath(path: string, base: string, home: string): string {
  return path.startsWith('~/') ? join(home, path.slice(2)) : resolve(base, path);
}

function choice<T extends string>(value: string | null, allowed: readonly T[], name: string): T | null {
  if (value === null) return null;
  const found = allowed.find(each => each === value);
  if (found === undefined) {
    throw new InventivError('invalid_config', `${name} must be one of ${allowed.join(', ')}, got "${value}".`, {
      hint: `export ${name}=${allowed[0]}`,
    });
  }

  return found;
}
