import {randomBytes, randomFillSync} from 'node:crypto';
import {formatId} from '../../core/ids.ts';
import type {Clock} from '../../ports/clock.ts';
import type {Ids} from '../../ports/ids.ts';

const bytesPerId = 16;
const poolBytes = 4096;

/** Ids from the clock and the operating system's random source, which is asked for many ids at once. */
export function randomIds(clock: Clock): Ids {
  const pool = new Uint8Array(poolBytes);
  let used = poolBytes;
  return {
    next: kind => {
      if (used === poolBytes) {
        randomFillSync(pool);
        used = 0;
      }

      used += bytesPerId;
      return formatId(kind, clock.nowMs(), pool.subarray(used - bytesPerId, used));
    },
    randomBytes: count => randomBytes(count),
  };
}
