/**
 * Money as whole nano-euros (1 EUR = 10^9), never as floats: sums stay exact, and the one rounding (half up)
 * happens when a price per hour meets a duration. Safe integers reach about 9 million euros.
 */
declare const eurNanosBrand: unique symbol;
export type EurNanos = number & {readonly [eurNanosBrand]: true};

export const NANOS_PER_EUR = 1_000_000_000;
/** A billing month: 365 days / 12, the convention of cloud price lists. */
export const HOURS_PER_MONTH = 730;
const MS_PER_HOUR = 3_600_000;
const FRACTION_DIGITS_MAX = 9;
const EUR_TEXT_CHARS_MAX = 32;
const EUR_TEXT = /^(-?)(\d{1,7})(?:\.(\d{1,9})0*)?$/;

/** Brands an integer; a RangeError here is a programming fault, never user input. */
export function eurNanos(value: number): EurNanos {
  if (!isEurNanos(value)) throw new RangeError(`expected a whole number of nano-euros within ±2^53, got ${value}`);
  return value;
}

export const ZERO_EUR = eurNanos(0);

export type ParsedEur = {ok: true; nanos: EurNanos} | {ok: false; reason: string};

/** Reads a decimal such as `0.7875` exactly: no float in between. More than nine decimals are refused, not rounded. */
export function parseEur(text: string): ParsedEur {
  const match = text.length <= EUR_TEXT_CHARS_MAX ? EUR_TEXT.exec(text.trim()) : null;
  if (!match) {
    const shown = text.length > EUR_TEXT_CHARS_MAX ? `${text.slice(0, EUR_TEXT_CHARS_MAX)}...` : text;
    return {ok: false, reason: `expected euros as a decimal with at most 9 decimals, such as 0.7875, got "${shown}"`};
  }
  const [, sign = '', whole = '0', fraction = ''] = match;
  const magnitude = Number(whole) * NANOS_PER_EUR + Number(fraction.padEnd(FRACTION_DIGITS_MAX, '0'));
  if (!Number.isSafeInteger(magnitude)) return {ok: false, reason: 'amounts beyond 9 million euros are not supported'};
  return {ok: true, nanos: eurNanos(sign === '-' && magnitude > 0 ? -magnitude : magnitude)};
}

/** For prices written in source: throws on a malformed literal. */
export function eur(literal: string): EurNanos {
  const parsed = parseEur(literal);
  if (!parsed.ok) throw new RangeError(parsed.reason);
  return parsed.nanos;
}

export function addEur(...amounts: readonly EurNanos[]): EurNanos {
  return eurNanos(amounts.reduce<number>((sum, amount) => sum + amount, 0));
}

export function subtractEur(from: EurNanos, amount: EurNanos): EurNanos {
  return eurNanos(from - amount);
}

/** Exact `amount x numerator / denominator`, rounded once, half away from zero. Integers only; denominator > 0. */
export function scaleEur(amount: EurNanos, numerator: number, denominator = 1): EurNanos {
  if (!Number.isSafeInteger(numerator) || !Number.isSafeInteger(denominator) || denominator <= 0)
    throw new RangeError(`expected an integer ratio with a positive denominator, got ${numerator}/${denominator}`);
  const product = BigInt(amount) * BigInt(numerator);
  const magnitude = product < 0n ? -product : product;
  const divisor = BigInt(denominator);
  const rounded = (magnitude * 2n + divisor) / (divisor * 2n);
  return eurNanos(Number(product < 0n ? -rounded : rounded));
}

/** Cost of a life of `durationMs`. A clock that went backwards costs nothing rather than giving money back. */
export function costForMs(pricePerHourNanos: EurNanos, durationMs: number): EurNanos {
  return scaleEur(pricePerHourNanos, Math.max(0, Math.trunc(durationMs)), MS_PER_HOUR);
}

export function costForSeconds(pricePerHourNanos: EurNanos, seconds: number): EurNanos {
  return scaleEur(pricePerHourNanos, Math.max(0, Math.trunc(seconds)), MS_PER_HOUR / 1000);
}

export function pricePerMonth(pricePerHourNanos: EurNanos): EurNanos {
  return scaleEur(pricePerHourNanos, HOURS_PER_MONTH);
}

export type EurDecimals = {min?: number; max?: number};

/**
 * `€0.7875`: rounded half up to `max` decimals (default 4), trailing zeros dropped down to `min` (default 2). What would
 * round to nothing keeps two digits (`€0.0000036`): a request's tokens cost that little, and are not free.
 */
export function formatEur(amount: EurNanos, {min = 2, max = 4}: EurDecimals = {}): string {
  const short = roundedTo(amount, max);
  const rounded = short === 0 ? roundedTo(amount, decimalsOfTwoDigits(amount)) : short;
  return `${rounded < 0 ? '-' : ''}€${decimalOf(rounded, min)}`;
}

export function formatEurPerHour(pricePerHourNanos: EurNanos): string {
  return `${formatEur(pricePerHourNanos)}/h`;
}

/** The monthly price of something billed by the hour: `€574.88/month`. */
export function formatEurPerMonth(pricePerHourNanos: EurNanos): string {
  return `${formatEur(pricePerMonth(pricePerHourNanos), {max: 2})}/month`;
}

/** Exact decimal text for JSON and files: `0.7875`, `-1`, `0.000000001`. `parseEur` reads it back. */
export function eurDecimal(amount: EurNanos): string {
  return `${amount < 0 ? '-' : ''}${decimalOf(amount, 0)}`;
}

export function isEurNanos(value: number): value is EurNanos {
  return Number.isSafeInteger(value);
}

function roundedTo(amount: EurNanos, decimals: number): EurNanos {
  const unitNanos = 10 ** (FRACTION_DIGITS_MAX - Math.min(decimals, FRACTION_DIGITS_MAX));
  return scaleEur(scaleEur(amount, 1, unitNanos), unitNanos);
}

/** Of an amount below one euro. */
function decimalsOfTwoDigits(amount: EurNanos): number {
  return FRACTION_DIGITS_MAX - String(Math.abs(amount)).length + 2;
}

function decimalOf(amount: EurNanos, decimalsMin: number): string {
  const digits = String(Math.abs(amount)).padStart(FRACTION_DIGITS_MAX + 1, '0');
  const whole = digits.slice(0, -FRACTION_DIGITS_MAX);
  const fraction = digits.slice(-FRACTION_DIGITS_MAX).replace(/0+$/, '').padEnd(decimalsMin, '0');
  return fraction ? `${whole}.${fraction}` : whole;
}
