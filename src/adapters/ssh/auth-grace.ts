import type {InventivError} from '../../core/errors.ts';
import type {Clock} from '../../ports/clock.ts';

const targetsMax = 10_000;

/**
 * A machine's sshd may answer before its first boot has written the keys: a refused login means "not yet" for a bounded
 * time after the first refusal, and is an error after it. A changed host key has no grace.
 */
export class AuthGrace {
  readonly #graceMs: number;
  readonly #clock: Clock;
  readonly #firstRefusedAtMs = new Map<string, number>();

  constructor(graceMs: number, clock: Clock) {
    this.#graceMs = graceMs;
    this.#clock = clock;
  }

  covers(name: string, error: InventivError): boolean {
    if (error.detailCode !== 'ssh_auth_failed') return false;
    const nowMs = this.#clock.nowMs();
    const firstMs = this.#firstRefusedAtMs.get(name) ?? nowMs;
    this.#firstRefusedAtMs.set(name, firstMs);
    const [oldest] = this.#firstRefusedAtMs.keys();
    if (this.#firstRefusedAtMs.size > targetsMax && oldest !== undefined) this.#firstRefusedAtMs.delete(oldest);
    return nowMs - firstMs < this.#graceMs;
  }

  forget(name: string): void {
    this.#firstRefusedAtMs.delete(name);
  }
}
