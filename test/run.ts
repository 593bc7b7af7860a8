// `npm test`: gets the missing parts where it may, runs every suite, and closes with one line of totals.
import {spawnSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {installPackages, missingParts} from './support/parts.ts';

interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const root = join(import.meta.dirname, '..');
const scratch = mkdtempSync(join(tmpdir(), 'inventiv-test-'));
const startedAt = performance.now();
try {
  process.exitCode = main();
} finally {
  rmSync(scratch, {recursive: true, force: true});
}

function main(): number {
  const partsOk = getParts();
  const totals = [
    vitest('unit, contract, adapters, serve, commands', []),
    python('worker agent'),
    vitest('real engine', ['--config', 'test/real-engine/vitest.config.ts']),
    vitest('end to end', ['--config', 'test/e2e/vitest.config.ts']),
  ].reduce((sum, suite) => ({
    passed: sum.passed + suite.passed,
    failed: sum.failed + suite.failed,
    skipped: sum.skipped + suite.skipped,
  }));

  console.log(`\nall suites in ${Math.round((performance.now() - startedAt) / 1000)} s`);
  for (const part of missingParts()) {
    console.log(
      `not run for want of ${part.name}: ${part.suites} (Debian: apt-get install ${part.debianPackages.join(' ')})`,
    );
  }

  console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
  return totals.failed === 0 && partsOk ? 0 : 1;
}

/** False when parts are missing where that is a failure. */
function getParts(): boolean {
  const missing = missingParts();
  if (missing.length === 0) return true;
  console.log(`missing: ${missing.map(part => part.name).join(', ')}`);
  installPackages(missing.flatMap(part => part.debianPackages));
  const inCi = process.env.CI !== undefined && process.env.CI !== '' && process.env.CI !== 'false';
  return missingParts().length === 0 || !inCi;
}

function vitest(title: string, args: readonly string[]): Totals {
  console.log(`\n== ${title}`);
  const report = join(scratch, `${title.replaceAll(/\W+/g, '-')}.json`);
  const reporters = ['--reporter=dot', '--reporter=json', `--outputFile.json=${report}`];
  // The suites start hundreds of programs of ours: compiled once, each starts in half the time.
  const env = {...process.env, NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'compiled')};
  const {status} = spawnSync('vitest', ['run', ...reporters, ...args], {env, stdio: ['ignore', 'inherit', 'inherit']});
  const counts = readCounts(report);
  // A run that broke outside a test (a hook, a worker that died) has no failed test of its own, and still failed.
  return {...counts, failed: status === 0 ? counts.failed : Math.max(1, counts.failed)};
}

function readCounts(report: string): Totals {
  try {
    const {numPassedTests, numFailedTests, numPendingTests} = JSON.parse(readFileSync(report, 'utf8'));
    return {passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests};
  } catch {
    return {passed: 0, failed: 1, skipped: 0};
  }
}

function python(title: string): Totals {
  console.log(`\n== ${title}`);
  const {status, stderr} = spawnSync(
    'python3',
    ['-W', 'error::ResourceWarning', '-m', 'unittest', 'discover', '-s', 'agent/tests'],
    {
      encoding: 'utf8',
      stdio: ['ignore', 'inherit', 'pipe'],
    },
  );
  const output = stderr ?? '';
  process.stderr.write(output.slice(-4000));
  const ran = Number(/^Ran (\d+) tests?/m.exec(output)?.[1] ?? 0);
  const count = (what: string) => Number(new RegExp(`${what}=(\\d+)`).exec(output)?.[1] ?? 0);
  const failed = status === 0 ? 0 : Math.max(1, count('failures') + count('errors'));
  return {passed: Math.max(0, ran - failed - count('skipped')), failed, skipped: count('skipped')};
}
