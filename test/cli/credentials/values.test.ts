import {chmodSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {PassThrough} from 'node:stream';
import {afterAll, describe, expect, it} from 'vitest';
import {askCredentialValues} from '../../../src/cli/credentials/ask-values.ts';
import {parseCredentialValues} from '../../../src/cli/credentials/parse-values.ts';
import {readCredentialValues} from '../../../src/cli/credentials/read-values.ts';
import {loadConfig} from '../../../src/config/config.ts';
import {readEnv} from '../../../src/config/env.ts';

const secret = '11111111-2222-4333-8444-555555555555';
const expected = {accessKey: 'SCWFAKE0000000000000', secretKey: secret, projectId: 'p'};
const directory = mkdtempSync(join(tmpdir(), 'inventiv-credentials-'));
afterAll(() => rmSync(directory, {recursive: true, force: true}));

describe('credentials in a text', () => {
  it.each([
    [
      'lines of variables',
      `# key of ci\nexport SCW_ACCESS_KEY=SCWFAKE0000000000000\r\nSCW_SECRET_KEY="${secret}"\n SCW_DEFAULT_PROJECT_ID = p \nPATH=/bin\n`,
    ],
    [
      'what scw prints',
      JSON.stringify({access_key: expected.accessKey, secret_key: secret, default_project_id: 'p', editable: true}),
    ],
    ['the names of the API', JSON.stringify(expected)],
  ])('are read from %s', (_, text) => {
    expect(parseCredentialValues(text, 'x')).toEqual(expected);
  });

  it.each([
    ['nothing', ''],
    ['the bare secret', secret],
    ['broken JSON', `{"secret_key": "${secret}`],
    ['a JSON list', `[{"secret_key": "${secret}"}]`],
    ['only empty values', 'SCW_SECRET_KEY=\n'],
  ])('are refused in %s, which is not repeated', (_, text) => {
    try {
      parseCredentialValues(text, 'standard input');
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({code: 'invalid_input'});
      expect(String(error)).not.toContain(secret);
    }
  });
});

describe('credentials from a place', () => {
  const read = async (flags: {'from-env'?: boolean; file?: string}, variables: Record<string, string> = {}) => {
    const env = readEnv({HOME: directory, INVENTIV_STATE_DIR: directory, ...variables});
    const warnings: string[] = [];
    const values = await readCredentialValues({
      flags,
      env,
      config: await loadConfig(env, directory),
      stdin: process.stdin,
      stderr: process.stderr,
      warn: text => warnings.push(text),
    });
    return {values, warnings};
  };

  it('come from the variables of the shell', async () => {
    const variables = {
      SCW_ACCESS_KEY: expected.accessKey,
      SCW_SECRET_KEY: secret,
      SCW_DEFAULT_PROJECT_ID: 'p',
      SCW_DEFAULT_ZONE: 'fr-par-2',
    };
    expect((await read({'from-env': true}, variables)).values).toEqual({...expected, zone: 'fr-par-2'});
  });

  it('come from a file, with a warning when others can read it', async () => {
    const file = join(directory, 'key.json');
    writeFileSync(file, JSON.stringify(expected), {mode: 0o600});
    expect(await read({file})).toEqual({values: expected, warnings: []});
    chmodSync(file, 0o644);
    expect((await read({file})).warnings).toEqual([`Others can read ${file}: chmod 600 ${file}`]);
  });

  it('are refused from a file that is not there or too large', async () => {
    await expect(read({file: join(directory, 'none')})).rejects.toMatchObject({code: 'invalid_input'});
    const large = join(directory, 'large');
    writeFileSync(large, 'x'.repeat(100_000));
    await expect(read({file: large})).rejects.toMatchObject({message: expect.stringContaining('at most 65536')});
  });
});

describe('credentials from the terminal', () => {
  const terminal = () => {
    const input = new PassThrough();
    const output = new PassThrough();
    let shown = '';
    output.setEncoding('utf8').on('data', (text: string) => {
      shown += text;
    });
    const typeAt = async (question: string, text: string) => {
      while (!shown.includes(question)) await new Promise(resolve => setImmediate(resolve));
      input.write(text);
    };
    return {input, output, typeAt, shown: () => shown};
  };

  it('are asked for one by one, and the secret key is not shown', async () => {
    const {input, output, typeAt, shown} = terminal();
    const asked = askCredentialValues({input, output});
    await typeAt('Access key', `${expected.accessKey}\r`);
    await typeAt('Secret key', `${secret}\r`);
    await typeAt('Project id', 'p\r');
    expect(await asked).toEqual(expected);
    expect(shown()).toContain(expected.accessKey);
    expect(shown()).not.toContain(secret.slice(0, 4));
  });

  it('are given up on Ctrl-C', async () => {
    const {input, output, typeAt} = terminal();
    const asked = askCredentialValues({input, output});
    const refused = expect(asked).rejects.toMatchObject({message: 'Stopped: nothing was stored.'});
    await typeAt('Access key', '\u0003');
    await refused;
  });
});
