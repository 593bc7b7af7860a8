import type {SshConnection} from './connection.ts';

/** One use of a connection; giving it back starts the idle time when it was the last. */
export interface Lease {
  readonly connection: SshConnection;
  /** Whether the connection was kept without a use, so that it may have died unnoticed. */
  readonly wasIdle: boolean;
  release(): void;
}

interface Entry {
  readonly connecting: Promise<SshConnection>;
  /** Ends an attempt to connect that nobody waits for any more. */
  readonly abandon: AbortController;
  isConnected: boolean;
  uses: number;
  idleTimer: NodeJS.Timeout | undefined;
}

export type Connect = (signal: AbortSignal) => Promise<SshConnection>;

/** One connection per name, shared by everyone who wants it at the same time, kept for a short time after the last. */
export class ConnectionPool {
  readonly #idleMs: number;
  readonly #entries = new Map<string, Entry>();

  constructor(idleMs: number) {
    this.#idleMs = idleMs;
  }

  /** Throws the signal's reason for this caller alone: others may go on waiting for the same connection. */
  async lease(name: string, signal: AbortSignal, connect: Connect): Promise<Lease> {
    signal.throwIfAborted();
    const known = this.#entries.get(name);
    const entry = known ?? this.#open(name, connect);
    const wasIdle = entry.isConnected && entry.uses === 0;
    entry.uses += 1;
    clearTimeout(entry.idleTimer);
    try {
      const connection = await abortable(entry.connecting, signal);
      let isHeld = true;
      return {
        connection,
        wasIdle,
        release: () => {
          if (isHeld) this.#giveBack(name, entry);
          isHeld = false;
        },
      };
    } catch (error) {
      this.#giveBack(name, entry);
      throw error;
    }
  }

  /** Ends every connection, used or not. */
  async closeAll(reason: Error): Promise<void> {
    const entries = [...this.#entries];
    await Promise.all(entries.map(([name, entry]) => this.#end(name, entry, reason)));
  }

  #open(name: string, connect: Connect): Entry {
    const abandon = new AbortController();
    const entry: Entry = {
      connecting: connect(abandon.signal),
      abandon,
      isConnected: false,
      uses: 0,
      idleTimer: undefined,
    };
    this.#entries.set(name, entry);
    entry.connecting.then(
      connection => {
        entry.isConnected = true;
        connection.closed.addEventListener('abort', () => this.#forget(name, entry), {once: true});
        if (connection.closed.aborted) this.#forget(name, entry);
      },
      () => this.#forget(name, entry),
    );
    return entry;
  }

  #giveBack(name: string, entry: Entry): void {
    entry.uses -= 1;
    if (entry.uses > 0) return;
    if (!entry.isConnected) void this.#end(name, entry, new Error('nobody waits for the connection any more'));
    else if (this.#entries.get(name) === entry)
      entry.idleTimer = setTimeout(() => void this.#end(name, entry, new Error('idle')), this.#idleMs);
  }

  async #end(name: string, entry: Entry, reason: Error): Promise<void> {
    this.#forget(name, entry);
    entry.abandon.abort(reason);
    const connection = await entry.connecting.catch(() => null);
    await connection?.close();
  }

  #forget(name: string, entry: Entry): void {
    clearTimeout(entry.idleTimer);
    if (this.#entries.get(name) === entry) this.#entries.delete(name);
  }
}

function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const {promise: aborted, reject} = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener('abort', onAbort, {once: true});
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener('abort', onAbort));
}
