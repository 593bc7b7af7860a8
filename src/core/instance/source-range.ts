/** Everybody. */
export const anywhere = '0.0.0.0/0';

/** Most ranges an instance is opened to; each is a firewall rule per port. */
export const sourceRangesMax = 16;

export type ParsedSourceRange =
  | {readonly ok: true; readonly range: string}
  | {readonly ok: false; readonly reason: string};

const form = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,2}))?$/;

/** `203.0.113.0/24`, or one address. Bits behind the mask are refused: a firewall would drop them without a word. */
export function parseSourceRange(text: string): ParsedSourceRange {
  const match = form.exec(text.trim());
  const numbers = match?.slice(1, 5).map(Number) ?? [];
  const bits = Number(match?.[5] ?? 32);
  if (match === null || numbers.some(number => number > 255) || bits > 32) {
    return {
      ok: false,
      reason: `expected IPv4 addresses such as 203.0.113.7 or 203.0.113.0/24, got "${text.slice(0, 64)}"`,
    };
  }

  const network = numbers.map((number, index) => number & byteMask(bits - 8 * index));
  if (network.some((number, index) => number !== numbers[index])) {
    return {
      ok: false,
      reason: `expected the first address of a range, got "${text}": did you mean ${network.join('.')}/${bits}?`,
    };
  }

  return {ok: true, range: `${network.join('.')}/${bits}`};
}

/** The byte in which the first `bits` bits are set. */
function byteMask(bits: number): number {
  return bits <= 0 ? 0 : (0xff << Math.max(0, 8 - bits)) & 0xff;
}
