import {execFile} from 'node:child_process';
import {mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {Installation} from '../support/installation.ts';
import {binPath} from '../support/running-cli.ts';

const root = join(import.meta.dirname, '..', '..');
const commandTimeoutMs = 60_000;

/**
 * A ```console block is a promise: its `$ ` lines can be typed as they stand, in order, from an empty state directory, and
 * each ends with 0. Other lines in it are there to be read. Commands that cannot be run so belong into a ```sh block.
 */
describe('the documentation', () => {
  const documents = ['README.md', ...readdirSync(join(root, 'docs'), {recursive: true, encoding: 'utf8'}).map(docsPath)]
    .filter(path => path.endsWith('.md'))
    .map(path => ({path, commands: consoleCommands(readFileSync(join(root, path), 'utf8'))}))
    .filter(({commands}) => commands.length > 0);

  it('shows commands', () => {
    expect(documents.map(({path}) => path)).toContain('README.md');
  });

  it.each(documents)('$path: every command of a console block works as written', async ({commands}) => {
    await using installation = new Installation();
    const bin = join(installation.directory, 'bin');
    mkdirSync(bin);
    const program = `#!/bin/sh\nexec '${process.execPath}' '${binPath}' "$@"\n`;
    writeFileSync(join(bin, 'inventiv'), program, {mode: 0o755});
    const path = `${bin}:${process.env.PATH}`;
    for (const command of commands) {
      const {exitCode, output} = await runShell(command, {...installation.env, PATH: path}, installation.directory);
      expect(exitCode, `$ ${command}\n${output}`).toBe(0);
    }

    await installation.ok(['down', '--all', '--yes']);
    await installation.expectNothingLeft();
  });
});

function docsPath(name: string): string {
  return join('docs', name);
}

/** A line that ends with a backslash goes on in the next. */
function consoleCommands(markdown: string): string[] {
  return [...markdown.matchAll(/^```console\n(.*?)^```/gms)].flatMap(([, block = '']) =>
    [...block.replaceAll(/\\\n\s*/g, '').matchAll(/^\$ (.+)$/gm)].map(([, command = '']) => command),
  );
}

function runShell(
  command: string,
  env: Readonly<Record<string, string>>,
  cwd: string,
): Promise<{exitCode: number; output: string}> {
  const {promise, resolve} = Promise.withResolvers<{exitCode: number; output: string}>();
  const options = {cwd, env: {...process.env, ...env}, timeout: commandTimeoutMs};
  const child = execFile('sh', ['-c', command], options, (error, stdout, stderr) => {
    const exitCode = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
    resolve({exitCode, output: `${stdout}${stderr}`});
  });
  child.stdin?.end();
  return promise;
}
