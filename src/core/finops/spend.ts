import {addEur, costForSeconds, type EurNanos, eurNanos} from '../money.ts';
import {type EpochMs, secondMs} from '../time.ts';

/** What the bill of a machine is computed from: the price recorded at create has disk and address in it. */
export interface Billing {
  readonly pricePerHourNanos: number;
  /** Power-on; null until then. */
  readonly billedFromMs: EpochMs | null;
  /** Confirmed gone; null while it lives. */
  readonly billedUntilMs: EpochMs | null;
  /** Paid at places that it left for another one. */
  readonly spentBeforeNanos: number;
}

const secondsPerHour = 3600n;

/** What it cost so far: every second of life that was begun, exact in nano-euros. A clock that went back costs nothing. */
export function spentNanos(billing: Billing, nowMs: EpochMs): EurNanos {
  const {pricePerHourNanos, billedFromMs, billedUntilMs} = billing;
  const before = eurNanos(billing.spentBeforeNanos);
  if (billedFromMs === null) return before;
  const livedMs = Math.max(0, (billedUntilMs ?? nowMs) - billedFromMs);
  return addEur(before, costForSeconds(eurNanos(pricePerHourNanos), Math.ceil(livedMs / secondMs)));
}

/** The longest life that costs no more than this; null when it costs nothing and may last for ever. */
export function affordableMs(pricePerHourNanos: number, budgetNanos: number): number | null {
  if (pricePerHourNanos <= 0) return null;
  const seconds = (BigInt(budgetNanos) * secondsPerHour) / BigInt(pricePerHourNanos);
  return Math.min(Number(seconds) * secondMs, Number.MAX_SAFE_INTEGER);
}
