// Bundles every command and every process entry into dist/, with shared chunks, so that a command loads only what it uses.
import {readdirSync, readFileSync, renameSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {build} from 'esbuild';

const processEntries = [
  'src/cli/main.ts',
  'src/adapters/providers/mock/cloud/main.ts',
  'src/adapters/providers/mock/fake-vllm/main.ts',
  'src/compose/data-plane-main.ts',
];

/**
 * Not bundled: native addons, packages that read files beside themselves, and what oclif asks for only in development
 * (its `require('typescript')` would put the compiler into a chunk that every command loads).
 */
const external = [
  '@napi-rs/keyring',
  'better-sqlite3',
  'react-devtools-core',
  'fastify',
  'ink',
  'react',
  'prom-client',
  'ssh2',
  'typescript',
];

/**
 * What oclif does at every start and this program has no use for: finding commands without a manifest, asking Windows for its
 * shell, and sorting ASCII ids with the tables of a language. Together a quarter of the time of a short command.
 */
const lighterOclif = {
  name: 'lighter-oclif',
  setup(build) {
    build.onResolve({filter: /^(tinyglobby|minimatch|wsl-utils)$/}, ({path}) => ({path, namespace: 'left-out'}));
    build.onLoad({filter: /^wsl-utils$/, namespace: 'left-out'}, () => ({contents: 'export const isWsl = false;'}));
    build.onLoad({filter: /./, namespace: 'left-out'}, () => ({contents: 'module.exports = {};'}));
    build.onLoad({filter: /@oclif\/core\/lib\/config\/plugin\.js$/}, ({path}) => {
      const text = readFileSync(path, 'utf8');
      const sorting = 'a.id.localeCompare(b.id)';
      if (!text.includes(sorting)) throw new Error(`${path} no longer sorts with ${sorting}: look again what it does`);
      return {contents: text.replaceAll(sorting, 'a.id < b.id ? -1 : 1')};
    });
  },
};

/**
 * Parts of Node that cost milliseconds to load and that most commands never call: loaded at the first call of one of their
 * functions. What is no plain function (classes, constants) an ES module imports as ever, where it uses it.
 */
const lazyBuiltins = {
  name: 'lazy-builtins',
  setup(build) {
    const names = /^(node:)?(child_process|crypto|perf_hooks|readline|readline\/promises)$/;
    build.onResolve({filter: names}, ({path, namespace, kind}) => {
      if (namespace === 'lazy') return {path, external: true, sideEffects: false};
      return {path, namespace: kind === 'require-call' ? 'lazy-commonjs' : 'lazy', sideEffects: false};
    });
    build.onLoad({filter: /./, namespace: 'lazy-commonjs'}, ({path}) => ({
      contents: `module.exports = new Proxy({}, {get: (_, name) => process.getBuiltinModule('${path}')[name]});`,
    }));
    build.onLoad({filter: /./, namespace: 'lazy'}, async ({path}) => {
      const exports = Object.entries(await import(path)).map(([name, value]) =>
        typeof value === 'function' && /^[a-z]/.test(name)
          ? `export const ${name} = (...given) => process.getBuiltinModule('${path}').${name}(...given);`
          : `export {${name}} from '${path}';`,
      );
      return {contents: exports.join('\n')};
    });
  },
};

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
  plugins: [lighterOclif, lazyBuiltins],
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
