import {shellQuote} from '../../core/bootstrap/shell-quote.ts';
import {InventivError} from '../../core/errors.ts';

/** Where a login goes, for messages: never holds a secret. */
export interface SshPlace {
  readonly user: string;
  readonly host: string;
  readonly port: number;
}

/** Nothing listens, or no way leads there: a machine that is still booting looks so. */
export function refused(place: SshPlace, cause: unknown): InventivError {
  return unavailable('connection_refused', `expected ${at(place)} to answer, got ${reasonOf(cause)}.`, cause, isItUp);
}

export function connectTimedOut(place: SshPlace, timeoutMs: number): InventivError {
  return unavailable(
    'connection_timeout',
    `expected a login at ${at(place)} within ${timeoutMs} ms; the machine did not answer in time.`,
    undefined,
    isItUp,
  );
}

/** The line was cut: whether what was asked for has happened is not known. */
export function connectionLost(place: SshPlace, cause?: unknown): InventivError {
  return unavailable('connection_lost', `the SSH connection to ${at(place)} was cut.`, cause);
}

export function channelRefused(place: SshPlace, cause: unknown): InventivError {
  return unavailable('channel_refused', `${at(place)} refused one more session on its SSH connection.`, cause);
}

/** Client and server share no algorithm, or what answers does not speak SSH: waiting does not mend it. */
export function handshakeFailed(place: SshPlace, cause: Error): InventivError {
  return new InventivError(
    'provider_unavailable',
    `${at(place)} could not agree on an SSH session: ${cause.message}.`,
    {
      detailCode: 'ssh_handshake',
      hint: 'Allow curve25519-sha256, ssh-ed25519 and aes256-gcm@openssh.com in the sshd of the machine.',
      cause,
    },
  );
}

export function authFailed(place: SshPlace, tried: readonly string[], offered: readonly string[]): InventivError {
  const methods = offered.length === 0 ? '' : ` It takes: ${offered.join(', ')}.`;
  return new InventivError(
    'provider_auth',
    `${at(place)} refused the login of user "${place.user}". Tried: ${tried.join('; ') || 'nothing'}.${methods}`,
    {
      detailCode: 'ssh_auth_failed',
      hint: `Put the public half of one of these keys into ~${place.user}/.ssh/authorized_keys on the machine, or give the key that is there.`,
    },
  );
}

export interface HostKeyChange {
  /** Whose key it is, for people. */
  readonly subject: string;
  /** The verb that trusts the new key, where there is one; else the pin is undone by hand. */
  readonly acceptCommand: string | null;
  /** Name of the pin in the file. */
  readonly pinName: string;
  readonly knownHostsPath: string;
  readonly expected: string;
  readonly actual: string;
}

export function hostKeyChanged(place: SshPlace, change: HostKeyChange): InventivError {
  return new InventivError(
    'conflict',
    `The host key of ${at(place)} (${change.subject}) is not the one of the first contact: expected ${change.expected}, got ${change.actual}. ` +
      'Either the machine was reinstalled, or another one answers in its place. Nothing was sent to it.',
    {
      detailCode: 'ssh_host_key_changed',
      hint: `If you know why it changed, accept the new key${change.acceptCommand === null ? ` at the next contact: echo ${shellQuote(`${change.pinName} forgotten`)} >> ${shellQuote(change.knownHostsPath)}` : `: ${change.acceptCommand}`}`,
    },
  );
}

export function sudoRefused(place: SshPlace, exitCode: number): InventivError {
  const why = exitCode === 127 ? 'there is no sudo on the machine' : 'sudo asks for a password or does not allow it';
  return new InventivError(
    'provider_auth',
    `expected user "${place.user}" of ${at(place)} to run commands as root with "sudo -n": ${why}.`,
    {
      detailCode: 'ssh_sudo_refused',
      hint: `Allow it on the machine: echo ${shellQuote(`${place.user} ALL=(ALL) NOPASSWD: ALL`)} > /etc/sudoers.d/inventiv; or log in as root.`,
    },
  );
}

export function runTimedOut(place: SshPlace, what: string, timeoutMs: number): InventivError {
  return new InventivError(
    'timed_out',
    `expected ${what} on ${at(place)} to end within ${timeoutMs} ms; it was hung up.`,
    {detailCode: 'shell_timeout', retryable: true},
  );
}

export function tooManyWaiting(place: SshPlace, waitingMax: number): InventivError {
  return unavailable('shell_busy', `more than ${waitingMax} commands wait for a session of ${at(place)}.`);
}

export function shellClosed(): InventivError {
  return new InventivError('unexpected', 'the shell was closed.');
}

const isItUp = 'Is the machine up, does sshd listen on this port, and does its firewall let this address in?';

function unavailable(detailCode: string, message: string, cause?: unknown, hint?: string): InventivError {
  return new InventivError('provider_unavailable', message, {
    detailCode,
    retryable: true,
    cause,
    ...(hint === undefined ? {} : {hint}),
  });
}

function at({host, port}: SshPlace): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The system's code of a socket error; its text repeats the address. */
function reasonOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : 'no connection';
}
