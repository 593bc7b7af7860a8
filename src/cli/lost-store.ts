import {readdirSync, statSync} from 'node:fs';
import type {StatePaths} from '../config/paths.ts';
import type {Warning} from './report-error.ts';

/** An SQLite file of one page has a header and no table. */
const onePageBytes = 4096;

/**
 * The store is made before everything else in the state directory: a key beside an empty store is left from one that was
 * lost, and with it what it knew. Null when nothing looks like that. Makes and changes nothing.
 */
export function findLostStore({database, secretKey, mockDir}: StatePaths): Warning | null {
  // In this order, because another process may be making the store: its key comes last.
  if (sizeOf(secretKey) === 0 || sizeOf(`${database}-wal`) > 0 || sizeOf(database) > onePageBytes) return null;
  const left = [secretKey, ...(isFilled(mockDir) ? [mockDir] : [])].join(' and ');
  return {
    message: `The store ${database} is empty, but ${left} of an earlier one ${isFilled(mockDir) ? 'are' : 'is'} there: machines that it knew may be forgotten, and still cost.`,
    hint: 'Bring a backup back: inventiv db restore FILE. Without one, find and clear what still runs: inventiv reconcile all --dry-run, then with --claim ORG_ID',
  };
}

function sizeOf(path: string): number {
  return statSync(path, {throwIfNoEntry: false})?.size ?? 0;
}

function isFilled(directory: string): boolean {
  try {
    return readdirSync(directory).length > 0;
  } catch {
    return false;
  }
}
