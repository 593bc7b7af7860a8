import {
  findInstallationKey,
  type InstallationKey,
  type KeySources,
  moveKeyToFile,
  moveKeyToKeyring,
} from '../adapters/secrets/key-place.ts';
import {systemKeyring} from '../adapters/secrets/keyring.ts';
import type {OpenOptions} from './app.ts';

/** Environment, mounted file, system keyring, key file: the first that applies. */
export function openInstallationKey(options: OpenOptions): Promise<InstallationKey> {
  return findInstallationKey(sourcesOf(options), systemKeyring());
}

/** What needs no secret works without the key; what does fails with the reason why there is none. */
export function unreadableKey(reason: unknown): InstallationKey {
  return {
    kind: 'keyring',
    place: 'a place that could not be read',
    read: () => {
      throw reason;
    },
  };
}

export function moveInstallationKey(options: OpenOptions, to: 'keyring' | 'file'): Promise<InstallationKey> {
  const move = to === 'keyring' ? moveKeyToKeyring : moveKeyToFile;
  return move(sourcesOf(options), systemKeyring());
}

function sourcesOf({config: {paths}, env}: OpenOptions): KeySources {
  const {value: variable, file} = env.secretKey;
  return {variable, file, keyringNotePath: paths.secretKeyNote, keyFilePath: paths.secretKey};
}
