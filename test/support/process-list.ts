import {readdirSync, readFileSync} from 'node:fs';

export interface ProcessFacts {
  readonly pid: number;
  readonly command: string;
}

/**
 * Living processes that carry this text in their command line or environment. With a state directory as the text, that is
 * everything an installation started: its commands have it in the environment, the mock cloud among its arguments, agents
 * and engines as their home. Reads /proc, so Linux only.
 */
export function processesWith(text: string): ProcessFacts[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap(name => {
      const command = read(`/proc/${name}/cmdline`);
      const isOurs = command !== '' && (command.includes(text) || read(`/proc/${name}/environ`).includes(text));
      return isOurs ? [{pid: Number(name), command: command.replaceAll('\0', ' ').trim()}] : [];
    });
}

/** Empty for a process that has ended meanwhile, is a zombie, or belongs to somebody else. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
