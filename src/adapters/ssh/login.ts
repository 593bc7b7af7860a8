import type {Socket} from 'node:net';
import type {AnyAuthMethod, Client, ServerHostKeyAlgorithm} from 'ssh2';
import {authFailed, connectionLost, handshakeFailed, hostKeyChanged, type SshPlace} from './errors.ts';
import type {SshKeys} from './keys.ts';
import {fingerprintOf, type HostKey, hostKeyOf, isSameKey, type KnownHosts} from './known-hosts.ts';
import {openSocket} from './open-socket.ts';

const keepAliveMissesMax = 3;
/** Disconnects of RFC 4253, section 11.1, by which a server ends a login: too many tries, no method left. */
const loginEndedReasons: readonly unknown[] = [2, 14];
export const hostKeyAlgorithms: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
];

export interface Login {
  readonly place: SshPlace;
  /** Whose machine it is, for messages. */
  readonly subject: string;
  readonly acceptCommand: string | null;
  readonly pinName: string;
  readonly keys: SshKeys;
  readonly knownHosts: KnownHosts;
  readonly keepAliveMs: number;
}

/**
 * Connection, handshake and login. The host key is compared before anything is sent, and pinned when the login has
 * succeeded. Whoever gets the client destroys the socket.
 */
export async function logIn(login: Login, signal: AbortSignal): Promise<{client: Client; socket: Socket}> {
  const {place, pinName, knownHosts, keys} = login;
  const {default: ssh2} = await import('ssh2');
  const pinned = knownHosts.find(pinName);
  const methods = methodsOf(login);
  const tried: string[] = [];
  let offered: readonly string[] = [];
  let shown: HostKey | null = null;
  let isExhausted = false;
  let isAuthenticating = false;

  const client = new ssh2.Client();
  const {promise, resolve, reject} = Promise.withResolvers<void>();
  const changed = (expected: HostKey, actual: HostKey) =>
    hostKeyChanged(place, {
      subject: login.subject,
      acceptCommand: login.acceptCommand,
      pinName,
      knownHostsPath: knownHosts.path,
      expected: fingerprintOf(expected),
      actual: fingerprintOf(actual),
    });
  const fail = (error: unknown): void => {
    reject(error);
    client.destroy();
  };
  const onAbort = (): void => fail(signal.reason);

  client.on('handshake', () => {
    isAuthenticating = true;
  });
  client.on('error', (error: SshError) => {
    if (shown !== null && pinned !== null && !isSameKey(pinned, shown)) fail(changed(pinned, shown));
    else if (error.level === 'agent') tried.push('the agent gave no answer');
    else if (isExhausted || (isAuthenticating && loginEndedReasons.includes(error.code)))
      fail(authFailed(place, tried, offered));
    // One key could not sign: the next is tried.
    else if (error.level !== 'client-authentication')
      fail(error.level === 'handshake' ? handshakeFailed(place, error) : connectionLost(place, error));
  });
  client.once('close', () => fail(connectionLost(place)));
  client.once('ready', () => {
    try {
      const counts = shown === null ? null : knownHosts.pin(pinName, shown);
      if (shown !== null && counts !== null && !isSameKey(counts, shown)) fail(changed(counts, shown));
      else resolve();
    } catch (error) {
      fail(error);
    }
  });

  // Nothing is awaited between this and `connect`: an end of the socket would be missed.
  const socket = await openSocket(place, signal);
  signal.addEventListener('abort', onAbort, {once: true});
  try {
    signal.throwIfAborted();
    client.connect({
      sock: socket,
      username: place.user,
      readyTimeout: 0,
      keepaliveInterval: login.keepAliveMs,
      keepaliveCountMax: keepAliveMissesMax,
      algorithms: {serverHostKey: preferring(pinned)},
      hostVerifier: (wire: Buffer) => {
        shown = hostKeyOf(wire);
        return pinned === null || isSameKey(pinned, shown);
      },
      authHandler: (left, _partial, next) => {
        // Null before the first attempt, whatever the types say.
        offered = (left as readonly string[] | null) ?? offered;
        const method = methods.shift();
        if (method === undefined) {
          isExhausted = true;
          // How ssh2 is told that none is left.
          return false;
        }
        tried.push(method.label);
        next(method.method);
        return undefined;
      },
    });
    await promise;
    return {client, socket};
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }

  function methodsOf({place: {user}}: Login): {label: string; method: AnyAuthMethod}[] {
    const files = keys.privateKeys.map(({label, privateKey}) => ({
      label,
      method: {type: 'publickey', username: user, key: privateKey} as const,
    }));
    const {agentSocket} = keys;
    return agentSocket === null
      ? files
      : [
          ...files,
          {label: `agent ${agentSocket}`, method: {type: 'agent', username: user, agent: agentSocket} as const},
        ];
  }
}

interface SshError extends Error {
  readonly level?: string;
  readonly code?: unknown;
}

/** The pinned type first, so that a server that gained another key does not look like another server. */
function preferring(pinned: HostKey | null): ServerHostKeyAlgorithm[] {
  if (pinned === null) return [...hostKeyAlgorithms];
  const isPinned = (name: string) => name === pinned.type || (pinned.type === 'ssh-rsa' && name.startsWith('rsa-'));
  return [...hostKeyAlgorithms.filter(isPinned), ...hostKeyAlgorithms.filter(name => !isPinned(name))];
}
