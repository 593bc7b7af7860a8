import {isAbsolute, join} from 'node:path';
import {InventivError} from '../core/errors.ts';
import type {Env} from './env.ts';

/** Where everything of one installation lives. Nothing is created here. */
export interface StatePaths {
  readonly stateDir: string;
  readonly database: string;
  /** 32 random bytes, mode 0600: opens the sealed secrets of the database. */
  readonly secretKey: string;
  /** There when that key is kept in the system keyring instead: names the entry. */
  readonly secretKeyNote: string;
  /** The "cloud" of the mock provider. */
  readonly mockDir: string;
  /** Pinned host keys of machines. */
  readonly knownHosts: string;
  /** This installation's own SSH key, mode 0600. */
  readonly sshKey: string;
}

const configNames = ['inventiv.config.yaml', 'inventiv.config.yml', 'inventiv.config.json'];
const userConfigNames = ['config.yaml', 'config.yml', 'config.json'];

export function statePaths(env: Pick<Env, 'home' | 'stateDir' | 'xdgStateHome'>): StatePaths {
  const stateDir = env.stateDir ?? join(env.xdgStateHome ?? join(env.home, '.local', 'state'), 'inventiv');
  if (!isAbsolute(stateDir)) {
    throw new InventivError('invalid_config', `The state directory must be an absolute path, got "${stateDir}".`, {
      hint: `export INVENTIV_STATE_DIR="$PWD/${stateDir}"`,
    });
  }

  return {
    stateDir,
    database: join(stateDir, 'inventiv.db'),
    secretKey: join(stateDir, 'secret.key'),
    secretKeyNote: join(stateDir, 'secret.key.keyring'),
    mockDir: join(stateDir, 'mock'),
    knownHosts: join(stateDir, 'known_hosts'),
    sshKey: join(stateDir, 'id_ed25519'),
  };
}

/** Files that may hold the configuration, the first that exists wins: the working directory's, then the user's. */
export function configCandidates(
  env: Pick<Env, 'home' | 'configFile' | 'xdgConfigHome'>,
  workingDir: string,
): string[] {
  if (env.configFile !== null) return [isAbsolute(env.configFile) ? env.configFile : join(workingDir, env.configFile)];
  const userDir = join(env.xdgConfigHome ?? join(env.home, '.config'), 'inventiv');
  return [...configNames.map(name => join(workingDir, name)), ...userConfigNames.map(name => join(userDir, name))];
}

/** The file that Scaleway's own tools write. */
export function scwConfigPath({
  home,
  xdgConfigHome,
  scaleway,
}: Pick<Env, 'home' | 'xdgConfigHome' | 'scaleway'>): string {
  return scaleway.configPath ?? join(xdgConfigHome ?? join(home, '.config'), 'scw', 'config.yaml');
}
