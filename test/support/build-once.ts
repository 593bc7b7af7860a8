import {execFileSync} from 'node:child_process';
import {readdirSync, statSync} from 'node:fs';
import {join} from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const sources = ['src', 'commands', 'esbuild.config.js', 'package-lock.json'];

/** Builds dist/ once before all suites, and only when a source is newer than it. */
export default function buildOnce(): void {
  const builtAtMs = modifiedAtMs(join(root, 'dist', 'src', 'cli', 'main.js'));
  if (sources.some(source => newestBelow(join(root, source)) > builtAtMs)) {
    execFileSync(process.execPath, ['esbuild.config.js'], {cwd: root, stdio: 'inherit'});
  }
}

function newestBelow(path: string): number {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(...readdirSync(path).map(name => newestBelow(join(path, name))), 0);
}

function modifiedAtMs(path: string): number {
  return statSync(path, {throwIfNoEntry: false})?.mtimeMs ?? 0;
}
