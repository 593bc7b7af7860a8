/** A deterministic stream of numbers: the same seed always gives the same sequence. */
export interface SeededRandom {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform integer in [min, max], both included. */
  int(min: number, max: number): number;
}

/** Mulberry32: 32 bits of state, good enough for words and jitter, not for secrets. */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {next, int: (min, max) => min + Math.floor(next() * (max - min + 1))};
}

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** FNV-1a over integers; `start` chains one hash into the next. */
export function hashIntegers(values: Iterable<number>, start = FNV_OFFSET): number {
  let hash = start >>> 0;
  for (const value of values) {
    for (let shift = 0; shift < 32; shift += 8) {
      hash = Math.imul(hash ^ ((value >>> shift) & 0xff), FNV_PRIME) >>> 0;
    }
  }
  return hash;
}
