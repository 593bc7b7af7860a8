import type {LatencyName, LatencyRangeMs, ProfileName} from '../wire.ts';
import type {CloudState} from './state.ts';

/**
 * How long a cloud takes. `realistic` is what GPU machines of a European cloud were seen to take (boot 21 s, first login
 * about 20 s later, resize within 5 s, detach about 6 s); `answer` alone is real time, the rest is the cloud's clock.
 */
const profileLatenciesMs: Record<ProfileName, Record<LatencyName, LatencyRangeMs>> = {
  fast: {
    answer: [0, 4],
    boot: [10, 40],
    ip: [5, 20],
    ssh: [5, 40],
    stop: [5, 40],
    terminate: [5, 40],
    detach: [5, 40],
    resize: [5, 40],
  },
  realistic: {
    answer: [60, 400],
    boot: [19_000, 23_000],
    ip: [0, 1_500],
    ssh: [15_000, 25_000],
    stop: [8_000, 20_000],
    terminate: [5_000, 15_000],
    detach: [4_000, 8_000],
    resize: [1_500, 5_000],
  },
  flaky: {
    answer: [0, 60],
    boot: [50, 1_500],
    ip: [0, 800],
    ssh: [50, 1_500],
    stop: [50, 800],
    terminate: [50, 1_200],
    detach: [50, 1_200],
    resize: [50, 1_000],
  },
};

export const seedDefault = 1;

/** Draws how long this will take. The same seed and the same calls in the same order give the same times. */
export function drawLatencyMs(state: CloudState, name: LatencyName): number {
  const [fromMs, toMs] = state.scenario.latenciesMs?.[name] ?? profileLatenciesMs[state.profile][name];
  return Math.round(fromMs + (toMs - fromMs) * draw(state));
}

/** A number in [0, 1): the next of the seed's sequence. */
export function draw(state: CloudState): number {
  state.draws += 1;
  return hashToUnit((state.scenario.seed ?? seedDefault) >>> 0, state.draws);
}

/** Integer mixing after splitmix32: position in, uniform number out, so the sequence can be entered anywhere. */
function hashToUnit(seed: number, position: number): number {
  let mixed = (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) + Math.imul(position, 0x9e3779b9)) | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
}
