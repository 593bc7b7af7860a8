import type {IdKind} from '../core/ids.ts';

/** Ids and randomness, injected. */
export interface Ids {
  next(kind: IdKind): string;
  /** Cryptographically random bytes. */
  randomBytes(count: number): Uint8Array;
}
