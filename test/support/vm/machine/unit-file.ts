import {existsSync, lstatSync, readdirSync, readFileSync, readlinkSync} from 'node:fs';
import {basename, join} from 'node:path';

export const unitDirectories = ['/etc/systemd/system', '/run/systemd/system', '/usr/lib/systemd/system'];
export const wantsDirectory = '/etc/systemd/system/multi-user.target.wants';
const stateDirectory = '/run/inventiv-vm-units';

export interface UnitFile {
  readonly name: string;
  readonly path: string;
  /** Section to key to values, in the order of the file. */
  readonly values: (key: string) => readonly string[];
}

export interface UnitState {
  readonly active: 'active' | 'activating' | 'inactive' | 'failed';
  readonly supervisorPid: number;
  readonly mainPid: number;
  readonly restarts: number;
  readonly exitStatus: number;
}

export const inactive: UnitState = {active: 'inactive', supervisorPid: 0, mainPid: 0, restarts: 0, exitStatus: 0};

export function statePath(name: string): string {
  return join(stateDirectory, `${name}.json`);
}

export function journalPath(name: string): string {
  return `/var/log/inventiv-vm-journal/${name}.log`;
}

export function fullName(name: string): string {
  return /\.(service|target|timer|socket)$/.test(name) ? name : `${name}.service`;
}

export function findUnit(name: string): UnitFile | null {
  const path = unitDirectories.map(directory => join(directory, name)).find(candidate => existsSync(candidate));
  if (path === undefined) return null;
  return parseUnit(name, path, readFileSync(path, 'utf8'));
}

export function isMasked(name: string): boolean {
  const path = join('/etc/systemd/system', name);
  try {
    return lstatSync(path).isSymbolicLink() && readlinkSync(path) === '/dev/null';
  } catch {
    return false;
  }
}

export function enabledUnits(): readonly string[] {
  return existsSync(wantsDirectory) ? readdirSync(wantsDirectory).sort() : [];
}

/** Every line `Key=value`; a backslash at its end joins the next one. */
function parseUnit(name: string, path: string, text: string): UnitFile {
  const pairs = text
    .replaceAll('\\\n', ' ')
    .split('\n')
    .map(line => line.trim())
    .filter(line => /^[A-Za-z]+=/.test(line))
    .map(line => {
      const at = line.indexOf('=');
      return [line.slice(0, at), line.slice(at + 1).trim()] as const;
    });
  return {
    name: basename(name),
    path,
    values: key => pairs.filter(([found, value]) => found === key && value !== '').map(([, value]) => value),
  };
}

/** Words of an `Exec` line, quotes taken away, `%%` made `%`. */
export function execWords(line: string): string[] {
  const words = line.replace(/^[-@:+!|]+/, '').match(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\S+/g) ?? [];
  return words.map(word =>
    (/^["']/.test(word) ? word.slice(1, -1).replaceAll(/\\(.)/g, '$1') : word)
      .replaceAll('%%', '%')
      .replaceAll('$$', '$'),
  );
}

/** Variables of a unit: its own lines, then its files (a `-` before the name: it may be absent). */
export function unitEnvironment(unit: UnitFile): Record<string, string> {
  const lines = unit.values('Environment').flatMap(execWords);
  const fromFiles = unit.values('EnvironmentFile').flatMap(given => {
    const path = given.replace(/^-/, '');
    if (given.startsWith('-') && !existsSync(path)) return [];
    return readFileSync(path, 'utf8')
      .split('\n')
      .filter(line => line.includes('=') && !line.startsWith('#'));
  });
  return Object.fromEntries(
    [...lines, ...fromFiles].map(line => {
      const at = line.indexOf('=');
      return [line.slice(0, at), line.slice(at + 1).replace(/^"(.*)"$/, '$1')];
    }),
  );
}
