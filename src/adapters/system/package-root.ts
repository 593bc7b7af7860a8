import {existsSync} from 'node:fs';
import {dirname, join} from 'node:path';

/** The folder of the installed package: the nearest one above this file that has the command manifest's package.json. */
export function packageRoot(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'migrations')) && existsSync(join(folder, 'package.json'))) return folder;
    if (folder === dirname(folder)) throw new Error(`no package root above ${import.meta.dirname}`);
  }
}

/** A program of ours as this installation has it: bundled below `dist/`, or the source when run from sources. */
export function programPath(sourcePath: string): string {
  const fromSources = import.meta.filename.endsWith('.ts');
  return fromSources
    ? join(packageRoot(), sourcePath)
    : join(packageRoot(), 'dist', sourcePath.replace(/\.ts$/, '.js'));
}
