import {hashIntegers, seededRandom} from './random.ts';
import type {SequenceRequest} from './sequence.ts';

const SCORE_DIMENSIONS = 64;

/** A prompt that is read and not continued. */
export function pooledSequence(promptIds: readonly number[]): Omit<SequenceRequest, 'listener'> {
  return {
    promptIds,
    source: null,
    maxTokens: 0,
    minTokens: 0,
    stops: [],
    includeStop: false,
    stopTokenIds: [],
    cacheSalt: '',
  };
}

/** The same tokens always give the same vector of length 1; texts with many common tokens lie near each other. */
export function unitVector(ids: readonly number[], dimensions: number): number[] {
  const vector = new Array<number>(dimensions).fill(0);
  for (const id of new Set(ids)) {
    const random = seededRandom(hashIntegers([id]));
    for (let at = 0; at < dimensions; at++) vector[at] = (vector[at] ?? 0) + random.next() * 2 - 1;
  }
  const length = Math.hypot(...vector);
  return length === 0 ? vector.map((_, at) => (at === 0 ? 1 : 0)) : vector.map(value => value / length);
}

/** 0 to 1: how much two texts have in common. */
export function similarity(a: readonly number[], b: readonly number[]): number {
  const left = unitVector(a, SCORE_DIMENSIONS);
  const right = unitVector(b, SCORE_DIMENSIONS);
  return (1 + left.reduce((sum, value, at) => sum + value * (right[at] ?? 0), 0)) / 2;
}
