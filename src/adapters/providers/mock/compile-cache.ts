import {getCompileCacheDir} from 'node:module';
import {dirname} from 'node:path';

/**
 * Where this process keeps compiled code, for programs of ours that it starts: they are started often, and a start from
 * TypeScript sources takes half the time with it. Null where this process keeps none.
 */
export function compileCacheDir(): string | null {
  const own = getCompileCacheDir();
  // Node adds a folder of its own for its version.
  return own === undefined ? null : dirname(own);
}
