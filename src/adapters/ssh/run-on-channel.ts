import {constants} from 'node:os';
import type {ClientChannel} from 'ssh2';
import {secondMs} from '../../core/time.ts';
import {connectionLost, type SshPlace} from './errors.ts';
import type {RemoteCommand} from './remote-commands.ts';

/** A process that a script left behind may hold the output for ever: it is read until it was silent for this long. */
const drainQuietMs = secondMs;
const drainMaxMs = 10 * secondMs;
const signalExitBase = 128;
const unknownSignalExitCode = 255;

/** Emitted on a channel when we have ended it, whatever the other side does. */
export const hungUpEvent = 'inventiv:hung-up';

export type OnOutput = (chunk: Buffer, stream: 'stdout' | 'stderr') => void;

export interface ChannelRun {
  readonly channel: ClientChannel;
  readonly remote: RemoteCommand;
  /** Hangs up and throws its reason. */
  readonly signal: AbortSignal;
  readonly place: SshPlace;
  readonly onOutput: OnOutput;
}

/** Sends the input, passes the output on, and gives the exit status when the output has ended. */
export function runOnChannel({channel, remote, signal, place, onOutput}: ChannelRun): Promise<number> {
  const {promise, resolve, reject} = Promise.withResolvers<number>();
  let exitCode: number | null = null;
  let openStreams = 2;
  let quietTimer: NodeJS.Timeout | undefined;
  let drainTimer: NodeJS.Timeout | undefined;

  const settle = (end: () => void): void => {
    clearTimeout(quietTimer);
    clearTimeout(drainTimer);
    signal.removeEventListener('abort', onAbort);
    hangUp(channel);
    end();
  };
  const finish = (): void => settle(() => (exitCode === null ? reject(connectionLost(place)) : resolve(exitCode)));
  const onAbort = (): void => settle(() => reject(signal.reason));
  const awaitQuiet = (): void => {
    clearTimeout(quietTimer);
    if (exitCode !== null) quietTimer = setTimeout(finish, drainQuietMs);
  };
  const pass = (stream: 'stdout' | 'stderr') => (chunk: Buffer) => {
    awaitQuiet();
    try {
      onOutput(chunk, stream);
    } catch (error) {
      settle(() => reject(error));
    }
  };
  const onStreamClose = (): void => {
    openStreams -= 1;
    if (openStreams === 0) finish();
  };

  channel.on('data', pass('stdout'));
  channel.stderr.on('data', pass('stderr'));
  channel.once('close', onStreamClose);
  channel.stderr.once('close', onStreamClose);
  channel.on('error', () => {});
  channel.stderr.on('error', () => {});
  channel.once('exit', (code: number | null, name?: string) => {
    exitCode = code ?? signalExitCode(name);
    awaitQuiet();
    drainTimer = setTimeout(finish, drainMaxMs);
  });

  if (signal.aborted) {
    onAbort();
    return promise;
  }
  signal.addEventListener('abort', onAbort, {once: true});
  if (remote.input.length > 0) channel.write(remote.input);
  if (remote.endsInput) channel.end();
  return promise;
}

/** Ends a session from our side; the far side sees the end of its input. What it still prints is dropped. */
export function hangUp(channel: ClientChannel): void {
  channel.removeAllListeners('data');
  channel.stderr.removeAllListeners('data');
  channel.resume();
  channel.stderr.resume();
  channel.close();
  channel.emit(hungUpEvent);
}

function signalExitCode(name: string | undefined): number {
  const known: Readonly<Record<string, number>> = constants.signals;
  const number = name === undefined ? undefined : known[name];
  return number === undefined ? unknownSignalExitCode : signalExitBase + number;
}
