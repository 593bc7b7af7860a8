import {createHash} from 'node:crypto';
import {lstatSync, readdirSync, readFileSync, readlinkSync} from 'node:fs';
import {join} from 'node:path';

/** What a machine holds, for a comparison before and after: differences are what somebody left or took. */
export interface VmSnapshot {
  /** Path to kind, mode and content. Logs, and what the stand-ins keep for themselves, are not in it. */
  readonly files: Readonly<Record<string, string>>;
  readonly units: Readonly<Record<string, string>>;
  /** Command lines, sorted. */
  readonly processes: readonly string[];
  readonly mounts: readonly string[];
}

const ignored = [
  /^\/var\/log\//,
  /^\/var\/cache\//,
  /^\/usr\/lib\/inventiv-vm\//,
  /^\/run\//,
  /^\/tmp\//,
  // Docker's own books; containers and images are compared as they are.
  /^\/var\/lib\/docker\/layers\//,
];

export function listFiles(root: string, shownAs = ''): Record<string, string> {
  const found: Record<string, string> = {};
  const walk = (directory: string, shown: string): void => {
    for (const name of readdirSync(directory).sort()) {
      const path = join(directory, name);
      const shownPath = `${shown}/${name}`;
      if (ignored.some(pattern => pattern.test(shownPath))) continue;
      const facts = lstatSync(path);
      const mode = (facts.mode & 0o7777).toString(8);
      if (facts.isDirectory()) {
        found[shownPath] = `directory ${mode}`;
        walk(path, shownPath);
      } else if (facts.isSymbolicLink()) found[shownPath] = `link ${readlinkSync(path)}`;
      else if (facts.isFile()) found[shownPath] = `file ${mode} ${digest(path)}`;
      // A character device in the upper layer of an overlay says that the file below was removed.
      else found[shownPath] = facts.isCharacterDevice() ? 'removed' : 'special';
    }
  };
  walk(root, shownAs);
  return found;
}

/** Command lines of the processes in this process namespace, without its first process and logins. */
export function listProcesses(namespace: string): {pid: number; command: string}[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(name => {
      try {
        if (readlinkSync(`/proc/${name}/ns/pid`) !== namespace) return [];
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        return command === '' ? [] : [{pid: Number(name), command}];
      } catch {
        return [];
      }
    });
}

function digest(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, 16);
}
