import type {HostKeys, HostPlace, ShownHostKey} from '../../ports/hosts.ts';
import {connectionLost, connectTimedOut, handshakeFailed, type SshPlace} from './errors.ts';
import {readOrCreateInstallationKey} from './keys.ts';
import {fingerprintOf, type HostKey, hostKeyOf, hostPinName, KnownHosts, pinName} from './known-hosts.ts';
import {hostKeyAlgorithms} from './login.ts';
import {openSocket} from './open-socket.ts';

export interface HostKeyOptions {
  readonly knownHostsPath: string;
  readonly installationKeyPath: string;
  readonly connectTimeoutMs: number;
}

/** Host keys of registered machines, in the same file as those of instances. */
export function createHostKeys({knownHostsPath, installationKeyPath, connectTimeoutMs}: HostKeyOptions): HostKeys {
  const knownHosts = new KnownHosts(knownHostsPath);
  const nameOf = ({address, port}: HostPlace) => hostPinName(address, port);
  return {
    read: async (place, signal) => shown(await readHostKey(place, connectTimeoutMs, signal)),
    pinned: async (place, instanceId) => {
      const name = instanceId === undefined ? nameOf(place) : pinName(instanceId, place.address, place.port);
      const key = knownHosts.find(name);
      return key === null ? null : shown(key);
    },
    pin: async (place, {type, base64}) => {
      knownHosts.forget(nameOf(place));
      knownHosts.pin(nameOf(place), {type, base64});
    },
    forget: async place => knownHosts.forget(nameOf(place)),
    publicKey: () => readOrCreateInstallationKey(installationKeyPath),
  };
}

/** The handshake as far as the key, in the order of preference of a first login; then the line is cut. */
async function readHostKey(
  {address, port}: HostPlace,
  timeoutMs: number,
  outer: AbortSignal | undefined,
): Promise<HostKey> {
  const place: SshPlace = {user: '', host: address, port};
  const {default: ssh2} = await import('ssh2');
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(connectTimedOut(place, timeoutMs)), timeoutMs);
  const signal = outer === undefined ? timeout.signal : AbortSignal.any([outer, timeout.signal]);
  const {promise, resolve, reject} = Promise.withResolvers<HostKey>();
  const onAbort = (): void => reject(signal.reason);
  try {
    const socket = await openSocket(place, signal);
    signal.addEventListener('abort', onAbort, {once: true});
    const client = new ssh2.Client();
    client.on('error', (error: Error & {level?: string}) =>
      reject(error.level === 'handshake' ? handshakeFailed(place, error) : connectionLost(place, error)),
    );
    client.once('close', () => reject(connectionLost(place)));
    client.connect({
      sock: socket,
      username: 'inventiv',
      readyTimeout: 0,
      algorithms: {serverHostKey: [...hostKeyAlgorithms]},
      hostVerifier: (wire: Buffer) => {
        resolve(hostKeyOf(wire));
        return false;
      },
    });
    try {
      return await promise;
    } finally {
      client.destroy();
      socket.destroy();
    }
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

function shown(key: HostKey): ShownHostKey {
  return {...key, fingerprint: fingerprintOf(key)};
}
