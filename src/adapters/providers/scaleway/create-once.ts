import type {Clock} from '../../../ports/clock.ts';
import {isUncertain} from './refusal.ts';

export interface Creation<Thing> {
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
  /** Looks the thing up by its unique name. */
  readonly find: () => Promise<Thing | null>;
  readonly create: () => Promise<Thing>;
}

/** When to look whether a create worked whose answer was lost: a create takes up to 3 s. */
const lookAfterMs = [0, 1000, 2000, 3000];

/**
 * A create that is never sent twice on a guess: looked up by name first, and again after an answer that leaves open
 * whether it worked. Not found then, the failure stands, and the next call starts with looking again.
 */
export async function createOnce<Thing>(creation: Creation<Thing>): Promise<{thing: Thing; isNew: boolean}> {
  const {find, create} = creation;
  const found = await find();
  if (found !== null) return {thing: found, isNew: false};
  try {
    return {thing: await create(), isNew: true};
  } catch (error) {
    if (!isUncertain(error)) throw error;
    const made = await findAfterDoubt(creation);
    if (made === null) throw error;
    return {thing: made, isNew: false};
  }
}

async function findAfterDoubt<Thing>({clock, signal, find}: Creation<Thing>): Promise<Thing | null> {
  for (const afterMs of lookAfterMs) {
    if (afterMs > 0) await clock.sleep(afterMs, signal);
    signal?.throwIfAborted();
    const found = await find();
    if (found !== null) return found;
  }
  return null;
}
