import {existsSync, mkdirSync} from 'node:fs';
import {dirname} from 'node:path';
import {errorCode} from './sqlite-errors.ts';

const DIRECTORY_MODE = 0o700;

/**
 * Makes a directory and its missing parents for the present user alone, each with one call that may fail: Node's own
 * recursive way tries for ever where a parent exists and takes no directory (below /proc).
 */
export function makeDirectory(path: string): void {
  for (const missing of missingFrom(path)) {
    try {
      mkdirSync(missing, DIRECTORY_MODE);
    } catch (thrown) {
      // Another process made it meanwhile; where something else stands there, the next call says so.
      if (errorCode(thrown) !== 'EEXIST') throw thrown;
    }
  }
}

/** The directories that are not there, outermost first. */
function missingFrom(path: string): readonly string[] {
  const missing: string[] = [];
  for (let at = path; !existsSync(at) && at !== dirname(at); at = dirname(at)) missing.unshift(at);
  return missing;
}
