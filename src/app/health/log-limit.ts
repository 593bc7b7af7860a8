import type {EpochMs} from '../../core/time.ts';

/** Lets one line per subject through in a time; subjects that are gone are forgotten. */
export class LogLimit {
  readonly #lastAtMs = new Map<string, EpochMs>();

  lets(subject: string, everyMs: number, nowMs: EpochMs): boolean {
    const lastMs = this.#lastAtMs.get(subject);
    // Also when the clock went back: a last line in the future must not silence a day.
    if (lastMs !== undefined && nowMs >= lastMs && nowMs - lastMs < everyMs) return false;
    this.#lastAtMs.set(subject, nowMs);
    return true;
  }

  keepOnly(subjects: ReadonlySet<string>): void {
    for (const subject of this.#lastAtMs.keys()) if (!subjects.has(subject)) this.#lastAtMs.delete(subject);
  }
}
