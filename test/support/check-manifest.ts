// Fails when oclif.manifest.json is not what the commands say. `npm run build && npm run manifest` renews it.
import {execFileSync} from 'node:child_process';
import {copyFileSync, readFileSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {isDeepStrictEqual} from 'node:util';

const root = join(import.meta.dirname, '..', '..');
const manifest = join(root, 'oclif.manifest.json');
const committed = `${manifest}.committed`;

copyFileSync(manifest, committed);
try {
  execFileSync(process.execPath, ['esbuild.config.js'], {cwd: root, stdio: 'inherit'});
  execFileSync('oclif', ['manifest'], {cwd: root, stdio: ['ignore', 'ignore', 'inherit']});
  if (!isDeepStrictEqual(readJson(manifest), readJson(committed))) {
    console.error('oclif.manifest.json is stale. Run: npm run build && npm run manifest, and commit it.');
    process.exitCode = 1;
  }
} finally {
  copyFileSync(committed, manifest);
  rmSync(committed);
}

/** Compared as data: oclif writes the verbs in the order in which it happened to load them. */
function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}
