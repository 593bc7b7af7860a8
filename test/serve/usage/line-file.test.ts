import {mkdtempSync, readFileSync, rmSync, writeSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, expect, it} from 'vitest';
import {LineFile} from '../../../src/serve/usage/line-file.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'inventiv-lines-'));
});

afterEach(() => rmSync(directory, {recursive: true}));

/** A disk with this much room; `free` makes more. */
function smallDisk(room: number): {write: typeof writeSync; free(bytes: number): void} {
  let left = room;
  const write = (fd: number, bytes: Buffer, at: number): number => {
    if (left === 0) throw Object.assign(new Error('no space left on device'), {code: 'ENOSPC'});
    const count = Math.min(left, bytes.length - at);
    left -= count;
    return writeSync(fd, bytes, at, count);
  };
  return {
    write: write as typeof writeSync,
    free: bytes => {
      left += bytes;
    },
  };
}

it('says that a line was torn, and begins the next one on a line of its own', () => {
  for (let room = 0; room <= 'first\nsecond\n'.length; room++) {
    const disk = smallDisk(room);
    const path = join(directory, `${room}`);
    const file = new LineFile(path, 'ax', disk.write);
    const taken = ['first', 'second'].filter(line => {
      try {
        file.append(`${line}\n`);
        return true;
      } catch {
        return false;
      }
    });
    disk.free(100);
    file.append('third\n');
    file.close();
    const lines = readFileSync(path, 'utf8').split('\n');
    expect(lines).toEqual(expect.arrayContaining([...taken, 'third']));
  }
});

it('takes more than a disk takes at once', () => {
  const path = join(directory, 'slow');
  const file = new LineFile(path, 'w', ((fd: number, bytes: Buffer, at: number) =>
    writeSync(fd, bytes, at, 1)) as typeof writeSync);
  file.append('a\nb\n');
  file.close();
  expect(readFileSync(path, 'utf8')).toBe('a\nb\n');
});
