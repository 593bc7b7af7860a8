import {formatId, type IdKind} from '../../src/core/ids.ts';
import type {Ids} from '../../src/ports/ids.ts';

const RANDOM_BYTES_PER_ID = 16;

/** Ids that are the same in every run with the same seed, and rise. Bytes come from mulberry32. */
export function seededIds(seed = 1): Ids {
  let state = seed >>> 0;
  let issued = 0;

  const nextByte = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) & 0xff;
  };

  const randomBytes = (count: number) => Uint8Array.from({length: count}, nextByte);

  return {
    randomBytes,
    next(kind: IdKind) {
      issued += 1;
      return formatId(kind, issued, randomBytes(RANDOM_BYTES_PER_ID));
    },
  };
}
