/** Why a signal handler aborted the work. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  readonly exitCode: number;

  constructor(signal: Signal) {
    super(`stopped by ${signal}`);
    this.exitCode = exitCodes[signal];
  }
}

type Signal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/** 128 + the number of the signal, as shells do. */
const exitCodes: Record<Signal, number> = {SIGINT: 130, SIGTERM: 143, SIGHUP: 129};
const signals: readonly Signal[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Runs work that a signal may end early: the first one aborts `signal` (the work then returns in its own time), a second
 * one leaves the process at once.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const onSignal = (signal: Signal) => {
    if (controller.signal.aborted) process.exit(exitCodes[signal]);
    controller.abort(new Interrupted(signal));
  };
  for (const signal of signals) process.on(signal, onSignal);
  try {
    return await work(controller.signal);
  } finally {
    for (const signal of signals) process.off(signal, onSignal);
  }
}

/** The exit status when the work was interrupted; null when it was not. */
export function interruptedExit(signal: AbortSignal): number | null {
  return signal.aborted && signal.reason instanceof Interrupted ? signal.reason.exitCode : null;
}

/** How long a source may take to end in good order after an abort; a second signal does not wait for it. */
const graceMs = 5000;

/**
 * The items of a stream until it ends or the signal aborts, whichever is first; an abort is no error. The source gets the
 * same signal and a moment to end by itself, so that what it holds (a lease, a socket) is given back.
 */
export async function* untilAborted<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T, void> {
  const iterator = source[Symbol.asyncIterator]();
  const aborted = Promise.withResolvers<'aborted'>();
  const onAbort = () => aborted.resolve('aborted');
  signal.addEventListener('abort', onAbort, {once: true});
  let pending: Promise<unknown> = Promise.resolve();
  try {
    while (!signal.aborted) {
      const next = iterator.next();
      pending = next;
      const first = await Promise.race([next, aborted.promise]);
      if (first === 'aborted' || first.done === true) return;
      yield first.value;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
    await settledWithin(graceMs, pending, Promise.resolve(iterator.return?.()));
  }
}

async function settledWithin(ms: number, ...work: Promise<unknown>[]): Promise<void> {
  const timer = Promise.withResolvers<void>();
  const timeout = setTimeout(timer.resolve, ms);
  await Promise.race([Promise.allSettled(work), timer.promise]);
  clearTimeout(timeout);
}
