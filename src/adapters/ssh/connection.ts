import type {Socket} from 'node:net';
import type {Client, ClientChannel} from 'ssh2';
import {secondMs} from '../../core/time.ts';
import {channelRefused, connectionLost, runTimedOut, type SshPlace, tooManyWaiting} from './errors.ts';
import type {RemoteCommand} from './remote-commands.ts';
import {hangUp, hungUpEvent, type OnOutput, runOnChannel} from './run-on-channel.ts';
import {Slots} from './slots.ts';

/** sshd allows 10 sessions on a connection (MaxSessions); some that were hung up may still be ending. */
const channelsMax = 8;
const waitingMax = 256;
/** The other side confirms the end of a session at once; if it does not, the place is not blocked for ever. */
const channelEndMaxMs = 5 * secondMs;

export interface Execution {
  /** For messages. */
  readonly what: string;
  readonly remote: RemoteCommand;
  /** From the moment at which a session is free for it. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  readonly onOutput: OnOutput;
}

/** One logged-in connection: commands side by side, up to a limit, the others in turn. */
export class SshConnection {
  readonly place: SshPlace;
  readonly #client: Client;
  readonly #socket: Socket;
  readonly #slots: Slots;
  readonly #closed = new AbortController();

  constructor(client: Client, socket: Socket, place: SshPlace) {
    this.#client = client;
    this.#socket = socket;
    this.place = place;
    this.#slots = new Slots(channelsMax, waitingMax, () => tooManyWaiting(place, waitingMax));
    // An error comes before the close; without a listener it would end the process.
    client.on('error', () => {});
    client.once('close', () => this.#closed.abort(connectionLost(place)));
  }

  /** Aborted when the connection is gone; the reason is the error for whoever waits for an answer. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /** Runs a command to its end and gives the exit status; 128 + n for signal n. */
  async execute({what, remote, timeoutMs, signal, onOutput}: Execution): Promise<number> {
    const outer = signal === undefined ? this.closed : AbortSignal.any([signal, this.closed]);
    const release = await this.#slots.take(outer);
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(runTimedOut(this.place, what, timeoutMs)), timeoutMs);
    try {
      const inner = AbortSignal.any([outer, timeout.signal]);
      const channel = await this.#openChannel(remote.command, inner, release);
      return await runOnChannel({channel, remote, signal: inner, place: this.place, onOutput});
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends the connection and everything on it. */
  async close(): Promise<void> {
    if (this.closed.aborted) return;
    const {promise, resolve} = Promise.withResolvers<void>();
    this.closed.addEventListener('abort', () => resolve(), {once: true});
    this.#client.end();
    // A silent machine would not answer the farewell.
    this.#socket.destroy();
    await promise;
  }

  /** The place is given back when the session has ended on both sides, not when we lose interest. */
  #openChannel(command: string, signal: AbortSignal, release: () => void): Promise<ClientChannel> {
    const {promise, resolve, reject} = Promise.withResolvers<ClientChannel>();
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, {once: true});
    const onAnswer = (error: Error | undefined, channel: ClientChannel): void => {
      signal.removeEventListener('abort', onAbort);
      if (error !== undefined && error !== null) {
        release();
        reject(this.closed.aborted ? this.closed.reason : channelRefused(this.place, error));
        return;
      }
      channel.once('close', release);
      channel.once(hungUpEvent, () => setTimeout(release, channelEndMaxMs).unref());
      if (signal.aborted) hangUp(channel);
      else resolve(channel);
    };
    try {
      this.#client.exec(command, onAnswer);
    } catch (error) {
      signal.removeEventListener('abort', onAbort);
      release();
      reject(connectionLost(this.place, error));
    }
    return promise;
  }
}
