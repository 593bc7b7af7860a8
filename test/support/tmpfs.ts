import {execFileSync} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

/** A small file system of its own. Mounting needs root, and a container that allows it. */
export interface SmallDisk {
  readonly path: string;
  [Symbol.dispose](): void;
}

export function mountDisk(options: string): SmallDisk {
  const path = mkdtempSync(join(tmpdir(), 'inventiv-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path], {stdio: 'ignore'});
  } catch (error) {
    rmSync(path, {recursive: true});
    throw error;
  }

  return {
    path,
    [Symbol.dispose]: () => {
      // Lazy: a process that still has a file there must not keep the mount.
      execFileSync('umount', ['--lazy', path]);
      rmSync(path, {recursive: true});
    },
  };
}

export function canMount(): boolean {
  try {
    mountDisk('size=4k')[Symbol.dispose]();
    return true;
  } catch {
    return false;
  }
}
