// Bundles every command and every process entry into dist/, with shared chunks, so that a command loads only what it uses.
import {readdirSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {build} from 'esbuild';

const processEntries = [
  'src/cli/main.ts',
  'src/adapters/providers/mock/cloud/main.ts',
  'src/adapters/providers/mock/fake-vllm/main.ts',
];

/** Loaded from node_modules at run time: native addons, and packages that read files beside themselves. */
const external = [
  'better-sqlite3',
  '@napi-rs/keyring',
  'ssh2',
  'react-devtools-core',
  'fastify',
  'ink',
  'react',
  'prom-client',
  'cosmiconfig',
];

rmSync('dist', {recursive: true, force: true});
await build({
  entryPoints: [...filesBelow('commands'), ...processEntries],
  outdir: 'dist',
  outbase: '.',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  jsx: 'automatic',
  minify: true,
  keepNames: true,
  external,
  chunkNames: 'chunks/[hash]',
  banner: {
    js: "import {createRequire as __createRequire} from 'node:module';const require=__createRequire(import.meta.url);",
  },
  logLevel: 'warning',
});

function filesBelow(folder) {
  return readdirSync(folder, {recursive: true, withFileTypes: true})
    .filter(entry => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map(entry => join(entry.parentPath, entry.name));
}
