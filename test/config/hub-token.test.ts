import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {readEnv} from '../../src/config/env.ts';
import {hubUrl, readHubToken} from '../../src/config/hub-token.ts';

describe('the token for gated models', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'inventiv-hub-token-'));
  });
  afterAll(() => rmSync(directory, {recursive: true}));

  const file = (content: string): string => {
    const path = join(directory, 'token');
    writeFileSync(path, content);
    return path;
  };
  const all = {WORKER_HF_TOKEN: 'hf_worker', HUGGINGFACE_TOKEN: 'hf_hugging', HF_TOKEN: 'hf_plain'};

  it('is the first that is given: the file, then the variables in their order', async () => {
    const read = (variables: Record<string, string | undefined>) => readHubToken(readEnv(variables).hub);
    expect(await read({...all, WORKER_HF_TOKEN_FILE: file('hf_file\n')})).toBe('hf_file');
    expect(await read(all)).toBe('hf_worker');
    expect(await read({...all, WORKER_HF_TOKEN: undefined})).toBe('hf_hugging');
    expect(await read({HF_TOKEN: 'hf_plain'})).toBe('hf_plain');
    expect(await read({HF_TOKEN: ' '})).toBeNull();
  });

  it('is refused where it is none, without being shown', async () => {
    for (const content of ['', 'two words', 'hf_a\nEVIL=1', 'x'.repeat(600)]) {
      const refused = readHubToken(readEnv({WORKER_HF_TOKEN_FILE: file(content)}).hub);
      await expect(refused).rejects.toMatchObject({
        code: 'invalid_config',
        message: expect.not.stringContaining('EVIL'),
      });
    }
    const missing = readHubToken(readEnv({WORKER_HF_TOKEN_FILE: join(directory, 'nowhere')}).hub);
    await expect(missing).rejects.toMatchObject({code: 'invalid_config', message: expect.stringContaining('nowhere')});
  });

  it('goes to the hub, or to the mirror that was named', () => {
    expect(hubUrl(readEnv({}).hub)).toBe('https://huggingface.co');
    expect(hubUrl(readEnv({HF_ENDPOINT: 'https://mirror.example/hf/'}).hub)).toBe('https://mirror.example/hf');
    expect(() => hubUrl(readEnv({HF_ENDPOINT: 'mirror'}).hub)).toThrow(
      expect.objectContaining({code: 'invalid_config'}),
    );
  });
});
