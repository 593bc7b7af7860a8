// Bundles every command and every process entry into dist/, with shared chunks, so that a command loads only what it uses.
import {readdirSync, renameSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {build} from 'esbuild';

const processEntries = [
  'src/cli/main.ts',
  'src/adapters/providers/mock/cloud/main.ts',
  'src/adapters/providers/mock/fake-vllm/main.ts',
];

/**
 * Not bundled: native addons, packages that read files beside themselves, and what oclif asks for only in development
 * (its `require('typescript')` would put the compiler into a chunk that every command loads).
 */
const external = [
  'better-sqlite3',
  'react-devtools-core',
  'fastify',
  'ink',
  'react',
  'prom-client',
  'ssh2',
  'typescript',
];

/** Built beside and renamed into place: a broken build leaves the last good one. */
const outdir = `dist.${process.pid}`;

await build({
  entryPoints: [...filesBelow('commands'), ...processEntries],
  outdir,
  outbase: '.',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  jsx: 'automatic',
  // Identifiers stay: stack traces of --debug are read by people, and helpers that keep names cost start-up time.
  minifyWhitespace: true,
  minifySyntax: true,
  external,
  chunkNames: 'chunks/[hash]',
  banner: {
    js: "import {createRequire as __createRequire} from 'node:module';const require=__createRequire(import.meta.url);",
  },
  logLevel: 'warning',
}).catch(error => {
  rmSync(outdir, {recursive: true, force: true});
  throw error;
});
rmSync('dist', {recursive: true, force: true});
renameSync(outdir, 'dist');

function filesBelow(folder) {
  return readdirSync(folder, {recursive: true, withFileTypes: true})
    .filter(entry => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map(entry => join(entry.parentPath, entry.name));
}
