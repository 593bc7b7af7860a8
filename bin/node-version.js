import {existsSync, readFileSync} from 'node:fs';
import module from 'node:module';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

/**
 * True when this process may go on. Checked before anything native loads: on an older Node, better-sqlite3 13 is a
 * segmentation fault and not an error. An older Node re-runs the command with the Node installed beside the package.
 */
export function startWithSupportedNode(entryUrl) {
  if (isSupported(process.versions.node)) {
    const cacheDir = compileCacheDir(process.env);
    if (cacheDir !== null) module.enableCompileCache?.(cacheDir);
    return !printedVersion(entryUrl);
  }

  const bundled = findBundledNode(dirname(fileURLToPath(entryUrl)));
  if (bundled === null) {
    process.stderr.write(
      `inventiv needs Node.js 22.19 or newer (this is ${process.versions.node}). Install Node 24, or run "npm install" in its folder, which brings one.\n`,
    );
    process.exitCode = 2;
    return false;
  }

  rerunWith(bundled, fileURLToPath(entryUrl));
  return false;
}

/**
 * Where compiled code is kept. Not in Node's own place below /tmp, which anybody on the machine may make first and fill:
 * what is in it is run as it is.
 */
export function compileCacheDir({XDG_CACHE_HOME: cacheHome, HOME: home}) {
  if (cacheHome?.startsWith('/')) return join(cacheHome, 'inventiv', 'compiled');
  return home?.startsWith('/') ? join(home, '.cache', 'inventiv', 'compiled') : null;
}

export function isSupported(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major >= 24 || (major === 22 && minor >= 19);
}

/** `--version` is asked by scripts and must not wait for the command framework. */
function printedVersion(entryUrl) {
  if (process.argv.length !== 3 || process.argv[2] !== '--version') return false;
  const manifest = JSON.parse(readFileSync(new URL('../package.json', entryUrl), 'utf8'));
  process.stdout.write(
    `inventiv/${manifest.version} ${process.platform}-${process.arch} node-v${process.versions.node}\n`,
  );
  return true;
}

function findBundledNode(from) {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', 'node', 'bin', 'node');
    if (existsSync(candidate)) return candidate;
    if (folder === dirname(folder)) return null;
  }
}

/** The terminal sends Ctrl-C to the child too, which decides; other signals are passed on. */
function rerunWith(node, entry) {
  // Loaded here: on a supported Node, which is nearly always, it is not needed.
  const {spawn} = module.createRequire(import.meta.url)('node:child_process');
  const child = spawn(node, [entry, ...process.argv.slice(2)], {stdio: 'inherit'});
  process.on('SIGINT', () => undefined);
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 1;
    if (signal !== null) {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    }
  });
}
