import {readFileSync} from 'node:fs';
import {join} from 'node:path';

/** Arguments a scenario of the mock cloud gives to every engine of a machine, one a line; they win over the bootstrap's. */
export function machineArguments({INVENTIV_ROOT: root}: NodeJS.ProcessEnv): string[] {
  if (root === undefined) return [];
  try {
    return readFileSync(join(root, 'etc', 'engine-args'), 'utf8')
      .split('\n')
      .filter(line => line !== '');
  } catch {
    return [];
  }
}
