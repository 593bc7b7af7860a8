import {linkSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {processStart} from './process-identity.ts';

const lockFile = /^lock\.(\d+)$/;

/**
 * One daemon per directory. The lock is the file `lock.N` of the highest N; it belongs to the process written in it. A
 * dead owner's lock is not removed but outnumbered: N+1 is created with link(2), which fails when it exists, so of any
 * number of contenders one wins; the winner checks that it is the highest, because it may have read an old listing.
 * Returns false while another live process owns the directory.
 */
export function tryLock(directory: string): boolean {
  const highest = highestLock(directory);
  if (highest > 0 && isOwnerAlive(join(directory, `lock.${highest}`))) return false;

  const mine = join(directory, `lock.${highest + 1}`);
  if (!createWithContent(mine, JSON.stringify({pid: process.pid, start: processStart(process.pid)}))) return false;
  if (highestLock(directory) !== highest + 1) {
    rmSync(mine, {force: true});
    return false;
  }

  for (const number of lockNumbers(directory)) {
    if (number <= highest) rmSync(join(directory, `lock.${number}`), {force: true});
  }
  return true;
}

function createWithContent(path: string, content: string): boolean {
  const temporary = `${path}.${process.pid}.new`;
  writeFileSync(temporary, content, {mode: 0o600});
  try {
    linkSync(temporary, path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(temporary, {force: true});
  }
}

function isOwnerAlive(path: string): boolean {
  try {
    const owner: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof owner !== 'object' || owner === null || !('pid' in owner) || !('start' in owner)) return false;
    return typeof owner.pid === 'number' && processStart(owner.pid) === owner.start;
  } catch {
    // Outnumbered and removed since the listing, or unreadable: the next round decides.
    return false;
  }
}

function highestLock(directory: string): number {
  return Math.max(0, ...lockNumbers(directory));
}

function lockNumbers(directory: string): number[] {
  return readdirSync(directory).flatMap(name => {
    const number = lockFile.exec(name)?.[1];
    return number === undefined ? [] : [Number(number)];
  });
}
