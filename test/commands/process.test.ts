import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {Installation} from '../support/installation.ts';

interface Manifest {
  readonly commands: Readonly<
    Record<
      string,
      {
        readonly id: string;
        readonly summary?: string;
        readonly examples?: readonly unknown[];
        readonly flags: Readonly<Record<string, unknown>>;
      }
    >
  >;
}

const manifest = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', '..', 'oclif.manifest.json'), 'utf8'),
) as Manifest;
let installation: Installation;
beforeAll(() => {
  installation = new Installation();
});
afterAll(async () => await installation[Symbol.asyncDispose]());

describe('the built command line', () => {
  it('prints its version', async () => {
    expect(await installation.ok(['--version'])).toMatch(/^inventiv\/\d+\.\d+\.\d+ \S+ node-v\d+\.\d+\.\d+\n$/);
  });

  it('keeps compiled code where only its user may put some', async () => {
    await installation.ok(['config', 'path'], {env: {NODE_COMPILE_CACHE: ''}});
    expect(readdirSync(join(installation.directory, '.cache', 'inventiv', 'compiled'))).not.toEqual([]);
  });

  it('prints help, of the whole and of a verb, on stdout', async () => {
    expect(await installation.ok(['--help'])).toContain('USAGE');
    const help = await installation.ok(['up', '--help']);
    expect(help).toContain('--resume');
    expect(help).toContain('EXAMPLES');
    expect(await installation.ok(['help', 'keys', 'create'])).toContain('--expires');
  });

  it.each([
    [['frobnicate'], 2, 'unknown verb "frobnicate"'],
    [['modles', 'list'], 2, 'inventiv models'],
    [['ps', '--colums', 'name'], 2, '--columns'],
    [['ps', '--columns', 'nme'], 2, 'did you mean "name"?'],
    [['up', '--count', 'many', '--model', 'x'], 2, '--count: expected an integer'],
    [['up', '--wait-timeout', '5 minutes'], 2, '--wait-timeout 90s'],
    [['up', '--mode', 'huge'], 2, 'mono, multi'],
    [['show'], 2, 'instance'],
    [['show', 'nobody'], 3, 'nobody'],
    [['show', 'x'.repeat(100_000)], 2, ''],
    [['down'], 2, 'inventiv ps'],
    [['--json', 'ps'], 2, 'after the verb'],
  ])('refuses %j with %i', async (args, exitCode, said) => {
    const result = await installation.run(args);
    expect(result).toMatchObject({exitCode, stdout: ''});
    expect(result.stderr).toContain(said);
    expect(result.stderr.length).toBeLessThan(3000);
    expect(result.stderr).not.toMatch(/^\s+at /m);
  });

  it('gives an error as JSON on stderr with --json, and nothing on stdout', async () => {
    const {exitCode, stdout, stderr} = await installation.run(['show', 'nobody', '--json']);
    expect({exitCode, stdout}).toEqual({exitCode: 3, stdout: ''});
    expect(JSON.parse(stderr)).toMatchObject({error: {code: 'not_found'}});
  });

  it('shows a stack only with --debug', async () => {
    expect((await installation.run(['show', 'nobody', '--debug'])).stderr).toMatch(/^\s+at /m);
  });

  it('prints clean text into a pipe', async () => {
    const {stdout} = await installation.run(['models', 'list'], {env: {FORCE_COLOR: '', NO_COLOR: ''}});
    expect(stdout).toContain('qwen');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences must not be there.
    expect(stdout).not.toMatch(/\u001b/);
  });

  it('fits the width that COLUMNS says', async () => {
    const stdout = await installation.ok(['models', 'list'], {env: {COLUMNS: '80'}});
    expect(Math.max(...stdout.split('\n').map(line => line.length))).toBeLessThanOrEqual(80);
  });

  it('reports a config typo with file, line, key and near name', async () => {
    const {exitCode, stderr} = await installation.run(['config', 'validate'], {
      env: {INVENTIV_CONFIG: join(import.meta.dirname, '..', 'config', 'typo.yaml')},
    });
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/typo\.yaml:3: unknown key "serve\.prot" \(did you mean "port"\?\)/);
  });
});

describe('every verb', () => {
  const commands = Object.values(manifest.commands);

  it.each(commands.map(command => [command.id, command] as const))(
    '%s has a summary, two examples and --json',
    (_, command) => {
      expect(command.summary).toBeTruthy();
      expect(command.examples?.length).toBeGreaterThanOrEqual(2);
      expect(Object.keys(command.flags)).toEqual(expect.arrayContaining(['json', 'quiet', 'debug', 'no-color']));
    },
  );
});
