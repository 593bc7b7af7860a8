/** A failure in the middle of an answer: an error frame, or the connection cut. */
export interface MidAnswerFault {
  kind: 'stream_error' | 'drop';
  /** Happens when this many tokens have been sent. */
  afterTokens: number;
}

interface ArmedFault extends MidAnswerFault {
  left: number;
}

/** Failures armed through the control port. Each answer takes at most one. */
export class Faults {
  wedged = false;
  slowFactor = 1;
  #queueFullLeft = 0;
  #midAnswer: ArmedFault[] = [];

  armMidAnswer(fault: MidAnswerFault, count: number): void {
    this.#midAnswer.push({...fault, left: count});
  }

  /** The next `count` requests are answered 503. */
  armQueueFull(count: number): void {
    this.#queueFullLeft = count;
  }

  takeQueueFull(): boolean {
    if (this.#queueFullLeft <= 0) return false;
    this.#queueFullLeft -= 1;
    return true;
  }

  takeMidAnswer(): MidAnswerFault | null {
    const fault = this.#midAnswer[0];
    if (fault === undefined) return null;
    fault.left -= 1;
    if (fault.left <= 0) this.#midAnswer.shift();
    return fault;
  }

  clear(): void {
    this.wedged = false;
    this.slowFactor = 1;
    this.#queueFullLeft = 0;
    this.#midAnswer = [];
  }

  /** For `GET /stats`. A count without end is shown as `null`. */
  describe(): Record<string, unknown> {
    return {
      wedged: this.wedged,
      slowFactor: this.slowFactor,
      queueFullLeft: finiteOrNull(this.#queueFullLeft),
      midAnswer: this.#midAnswer.map(({kind, afterTokens, left}) => ({
        kind,
        afterTokens,
        left: finiteOrNull(left),
      })),
    };
  }
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
