import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {Installation, tinyModel} from '../support/installation.ts';
import type {CliResult} from '../support/running-cli.ts';
import {type ServeProcess, startServe} from '../support/serve-process.ts';

const installation = new Installation();
const megabyte = 'a'.repeat(1_000_000);
/** Linux passes at most 128 KiB in one argument; more never reaches a program. */
const longArgument = 'a'.repeat(120_000);

afterAll(async () => {
  await installation[Symbol.asyncDispose]();
});

describe('the command line, asked for what does not exist', () => {
  const upTiny = ['up', '--model', tinyModel];

  it.each([
    {args: ['instances', 'shw'], exitCode: 2, says: /"instances shw"/, hints: /inventiv instances show/},
    {args: ['up', '--modle', 'x'], exitCode: 2, says: /--modle/, hints: /--model/},
    {args: ['up', '--model', 'qwen2.5-0.5b-instrct'], exitCode: 3, says: /instrct/, hints: /qwen2\.5-0\.5b-instruct/},
    {args: [...upTiny, '--zone', 'mock-9'], exitCode: 3, says: /zone "mock-9"/, hints: /"mock-1"/},
    {args: [...upTiny, '--type', 'MOCK-L4-1-24'], exitCode: 3, says: /type "MOCK-L4-1-24"/, hints: /"MOCK-L4-1-24G"/},
    {args: [...upTiny, '--name', 'Bad Name'], exitCode: 2, says: /name: .*lower-case/, hints: /--help/},
    {args: ['show', 'ins_nothing'], exitCode: 3, says: /"ins_nothing"/, hints: /inventiv ps/},
    {args: ['keys', 'show', 'nothing'], exitCode: 3, says: /"nothing"/, hints: /inventiv keys list/},
    {args: ['show', ''], exitCode: 2, says: /instance: expected an id or a name, got nothing/, hints: /--help/},
    {
      args: ['down', '', '--yes'],
      exitCode: 2,
      says: /instance: expected an id or a name, got nothing/,
      hints: /--help/,
    },
    {args: ['show', longArgument], exitCode: 2, says: /instance: .*256/, hints: /--help/},
  ])('inventiv $args ends with $exitCode, says what came and what to type', async ({args, exitCode, says, hints}) => {
    const result = await installation.run(args);
    expect(result).toMatchObject({exitCode, stdout: ''});
    expect(result.stderr).toMatch(says);
    expect(result.stderr).toMatch(hints);
    expectCalm(result);
  });

  it('says it as one JSON document on stderr for --json', async () => {
    const {exitCode, stdout, stderr} = await installation.run(['up', '--model', 'nothing', '--json']);
    expect([exitCode, stdout]).toEqual([3, '']);
    expect(JSON.parse(stderr)).toMatchObject({error: {code: 'model_not_found', hint: expect.any(String)}});
  });

  it('has made nothing in the store or the cloud', async () => {
    expect(await installation.json(['ps', '--all'])).toEqual([]);
    await installation.expectNothingLeft();
  });
});

describe('the HTTP port, sent an id of a megabyte', () => {
  let serve: ServeProcess;
  let headers: Record<string, string>;

  beforeAll(async () => {
    const key = (await installation.ok(['keys', 'create', 'client', '--quiet'])).trim();
    headers = {authorization: `Bearer ${key}`, 'content-type': 'application/json'};
    serve = await startServe(installation);
  });

  it('refuses it as a model, a path, a key and a header in few words, and goes on', async () => {
    const chat = (model: string, extra: Record<string, string> = {}) =>
      fetch(`${serve.openaiUrl}/chat/completions`, {
        method: 'POST',
        headers: {...headers, ...extra},
        body: JSON.stringify({model, messages: [{role: 'user', content: 'Hello'}]}),
      });
    const replies = [
      await chat(megabyte),
      await chat(''),
      await fetch(`${serve.openaiUrl}/models/${megabyte}`, {headers}),
      await fetch(`${serve.openaiUrl}/models`, {headers: {authorization: `Bearer ${megabyte}`}}),
      await chat(tinyModel, {'x-inventiv-session': megabyte}),
    ];
    const statuses = replies.map(({status}) => status);
    const lengths = await Promise.all(replies.map(async reply => (await reply.text()).length));
    expect(statuses).toEqual([400, 400, 431, 431, 431]);
    expect(Math.max(...lengths)).toBeLessThan(2000);
    expect((await fetch(`${serve.origin}/readyz`)).status).toBe(200);
    expect((await serve.stop()).exitCode).toBe(0);
  });
});

describe('a config file with mistakes', () => {
  const withConfig = async (text: string, args: readonly string[]): Promise<CliResult> => {
    const folder = join(installation.directory, 'project');
    mkdirSync(folder, {recursive: true});
    writeFileSync(join(folder, 'inventiv.config.yaml'), text);
    return await installation.run(args, {cwd: folder});
  };

  it('is reported with file, line, key and near name, all mistakes at once', async () => {
    const text = 'provider: mock\nmodle: x\nserve:\n  prt: 4141\nmock:\n  profile: fasst\n';
    const result = await withConfig(text, ['ps']);
    expect(result).toMatchObject({exitCode: 2, stdout: ''});
    expect(result.stderr).toMatch(/inventiv\.config\.yaml:2: unknown key "modle" .*"model"/);
    expect(result.stderr).toMatch(/inventiv\.config\.yaml:4: unknown key "serve\.prt" .*"port"/);
    expect(result.stderr).toMatch(/inventiv\.config\.yaml:6: mock\.profile: .*"fast"/);
    expect(result.stderr).toContain('inventiv config validate');
    expectCalm(result);
  });

  it('is reported with its line when it is no YAML at all', async () => {
    const result = await withConfig('provider: [\n', ['config', 'validate']);
    expect(result.exitCode).toBe(2);
    expect(result.stderr).toMatch(/inventiv\.config\.yaml:2: not valid YAML/);
  });

  it('does not keep help and version from answering', async () => {
    expect((await withConfig('modle: x\n', ['--version'])).exitCode).toBe(0);
    expect((await withConfig('modle: x\n', ['up', '--help'])).exitCode).toBe(0);
  });
});

/** Few words, no stack trace. */
function expectCalm({stderr}: CliResult): void {
  expect(stderr.length).toBeLessThan(3000);
  expect(stderr).not.toMatch(/^\s+at /m);
}
