import {InventivError} from '../core/errors.ts';
import type {HeartbeatOutcome, HeartbeatRecord, WorkerStore} from '../ports/workers.ts';

/** Written in a few milliseconds, which everything else waits for. */
const batchMax = 50;
/** Heartbeats that wait for the store; a worker that is turned away comes again by itself. */
const waitingMax = 5000;

interface Waiting {
  readonly beat: HeartbeatRecord;
  readonly settle: (outcome: HeartbeatOutcome) => void;
  readonly fail: (error: unknown) => void;
}

/**
 * Writes heartbeats in batches: those that come while one is being written make the next. Nothing waits for a timer, and
 * nobody is answered before the commit.
 */
export class HeartbeatWriter {
  readonly #workers: Pick<WorkerStore, 'recordHeartbeats'>;
  #waiting: Waiting[] = [];
  #isWriting = false;

  constructor(workers: Pick<WorkerStore, 'recordHeartbeats'>) {
    this.#workers = workers;
  }

  write(beat: HeartbeatRecord): Promise<HeartbeatOutcome> {
    if (this.#waiting.length >= waitingMax) {
      throw new InventivError('no_capacity', 'Too many heartbeats wait to be written.', {retryable: true});
    }

    const {promise, resolve, reject} = Promise.withResolvers<HeartbeatOutcome>();
    this.#waiting.push({beat, settle: resolve, fail: reject});
    if (!this.#isWriting) {
      this.#isWriting = true;
      setImmediate(() => void this.#drain());
    }

    return promise;
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, batchMax);
      // One that the store refuses must not take the others with it.
      if (!(await this.#writeBatch(batch))) for (const each of batch) await this.#writeBatch([each]);
    }

    this.#isWriting = false;
  }

  /** False when several were refused together; one that is refused alone is told so. */
  async #writeBatch(batch: readonly Waiting[]): Promise<boolean> {
    try {
      const outcomes = await this.#workers.recordHeartbeats(batch.map(({beat}) => beat));
      for (const [index, {settle}] of batch.entries()) settle(outcomes[index] ?? 'other_boot');
      return true;
    } catch (error) {
      if (batch.length > 1) return false;
      for (const {fail} of batch) fail(error);
      return true;
    }
  }
}
