import {randomBytes} from 'node:crypto';
import {formatId} from '../../core/ids.ts';
import type {Clock} from '../../ports/clock.ts';
import type {Ids} from '../../ports/ids.ts';

const RANDOM_BYTES_PER_ID = 16;

/** Ids from the clock and the operating system's random source. */
export function randomIds(clock: Clock): Ids {
  return {
    next: kind => formatId(kind, clock.nowMs(), randomBytes(RANDOM_BYTES_PER_ID)),
    randomBytes: count => randomBytes(count),
  };
}
