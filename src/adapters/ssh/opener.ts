import {posix} from 'node:path';
import {InventivError} from '../../core/errors.ts';
import {minuteMs, secondMs} from '../../core/time.ts';
import type {Clock} from '../../ports/clock.ts';
import type {ShellOpener, ShellTarget} from '../../ports/shell.ts';
import {AuthGrace} from './auth-grace.ts';
import {SshConnection} from './connection.ts';
import {ConnectionPool, type Lease} from './connection-pool.ts';
import {connectTimedOut, type SshPlace, shellClosed, sudoRefused} from './errors.ts';
import type {SshKeys} from './keys.ts';
import {hostPinName, KnownHosts, pinName} from './known-hosts.ts';
import {logIn} from './login.ts';
import {doNothing} from './remote-commands.ts';
import {createSshShell, type Execute} from './shell.ts';

const probeTimeoutMs = 5 * secondMs;
const idleMsDefault = 10 * secondMs;
const authGraceMsDefault = 2 * minuteMs;
const superuser = 'root';

export interface SshShellOpenerOptions {
  /** The file of pinned host keys; made at the first contact. */
  readonly knownHostsPath: string;
  /** Read anew for every connection. */
  readonly keys: () => Promise<SshKeys>;
  /** Who logs in; anyone but root needs `sudo` without a password. */
  readonly user: string | ((target: ShellTarget) => string);
  /** Absolute path on the machine: `$INVENTIV_ROOT`, and what relative paths are below. */
  readonly root: string;
  /** For the connection, the handshake and the login together. */
  readonly connectTimeoutMs: number;
  /** Between two signs of life on an idle connection; the third that is missed ends it. */
  readonly keepAliveMs: number;
  /** How long a connection stays after its last use. */
  readonly idleMs?: number;
  /**
   * How long `isReachable` takes a refused login for a machine that is still writing its keys at first boot, from the first
   * refusal on; after that it throws. 0: at once.
   */
  readonly authGraceMs?: number;
  readonly clock: Clock;
}

/** Logins by SSH. Dispose it to end the connections that wait for another use. */
export function createSshShellOpener(options: SshShellOpenerOptions): ShellOpener & AsyncDisposable {
  if (!posix.isAbsolute(options.root) || posix.resolve(options.root) === '/')
    throw new InventivError('invalid_config', `expected an absolute path below / as root, got "${options.root}".`);
  const {connectTimeoutMs, keepAliveMs} = options;
  const knownHosts = new KnownHosts(options.knownHostsPath);
  const pool = new ConnectionPool(options.idleMs ?? idleMsDefault);
  const grace = new AuthGrace(options.authGraceMs ?? authGraceMsDefault, options.clock);

  return {
    isReachable: async target => {
      try {
        await probe(target);
        grace.forget(nameOf(target));
        return true;
      } catch (error) {
        target.signal?.throwIfAborted();
        if (error instanceof InventivError && (error.retryable || grace.covers(nameOf(target), error))) return false;
        throw error;
      }
    },
    open: async target => {
      const held = await lease(target, target.signal ?? new AbortController().signal);
      const place = placeOf(target);
      const execute: Execute = async execution => {
        const own = await lease(target, execution.signal);
        try {
          return await own.connection.execute(execution);
        } finally {
          own.release();
        }
      };
      return createSshShell({
        place,
        root: options.root,
        asRoot: needsSudo(place),
        execute,
        signal: target.signal,
        onClose: held.release,
      });
    },
    [Symbol.asyncDispose]: () => pool.closeAll(shellClosed()),
  };

  /** A login that just succeeded is proof, and so is one in use; one that was idle is asked, and ended when silent. */
  async function probe(target: ShellTarget): Promise<void> {
    const timeoutMs = Math.min(connectTimeoutMs, probeTimeoutMs);
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(connectTimedOut(placeOf(target), timeoutMs)), timeoutMs);
    const signal = target.signal === undefined ? timeout.signal : AbortSignal.any([target.signal, timeout.signal]);
    try {
      const {connection, wasIdle, release} = await lease(target, signal);
      try {
        if (wasIdle)
          await connection.execute({what: 'a probe', remote: doNothing(false), timeoutMs, signal, onOutput: drop});
      } catch (error) {
        if (target.signal?.aborted !== true) await connection.close();
        throw error;
      } finally {
        release();
      }
    } finally {
      clearTimeout(timer);
    }
  }

  function lease(target: ShellTarget, signal: AbortSignal): Promise<Lease> {
    return pool.lease(nameOf(target), signal, abandoned => connect(target, abandoned));
  }

  async function connect(target: ShellTarget, abandoned: AbortSignal): Promise<SshConnection> {
    const place = placeOf(target);
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(connectTimedOut(place, connectTimeoutMs)), connectTimeoutMs);
    const signal = AbortSignal.any([abandoned, timeout.signal]);
    try {
      const {instanceId, address} = target;
      const {hostName} = address;
      const login = {
        place,
        subject: hostName === undefined ? `instance ${instanceId}` : `host ${hostName}`,
        acceptCommand: hostName === undefined ? null : `inventiv hosts check ${hostName} --new-key`,
        pinName: pinOf(target),
        keys: await options.keys(),
        knownHosts,
        keepAliveMs,
      };
      const {client, socket} = await logIn(login, signal);
      const connection = new SshConnection(client, socket, place);
      if (needsSudo(place)) await requireSudo(connection, signal);
      return connection;
    } finally {
      clearTimeout(timer);
    }
  }

  async function requireSudo(connection: SshConnection, signal: AbortSignal): Promise<void> {
    const remote = doNothing(true);
    try {
      const exitCode = await connection.execute({
        what: 'sudo',
        remote,
        timeoutMs: connectTimeoutMs,
        signal,
        onOutput: drop,
      });
      if (exitCode !== 0) throw sudoRefused(connection.place, exitCode);
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  function placeOf(target: ShellTarget): SshPlace {
    const user = typeof options.user === 'string' ? options.user : options.user(target);
    return {user, host: target.address.host, port: target.address.sshPort};
  }

  function nameOf(target: ShellTarget): string {
    return `${placeOf(target).user} ${pinOf(target)}`;
  }
}

/** A rented machine is known by its instance: its address may be another's next. A registered host, by its address. */
function pinOf({instanceId, address: {host, sshPort, hostName}}: ShellTarget): string {
  return hostName === undefined ? pinName(instanceId, host, sshPort) : hostPinName(host, sshPort);
}

function needsSudo({user}: SshPlace): boolean {
  return user !== superuser;
}

function drop(): void {}
