import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {PassThrough} from 'node:stream';
import {afterAll, describe, expect, it} from 'vitest';
import {diagnoseFile, looksLikeFile} from '../../src/cli/diagnose-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'inventiv-diagnose-'));
afterAll(() => rmSync(folder, {recursive: true}));
const oom = 'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.';
const saved = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const noStdin = process.stdin;

describe('diagnosing a file', () => {
  it('reads it to its end, whatever its line ends', async () => {
    const found = await diagnoseFile(saved('crlf.log', `INFO a\r\nbar 1%\rbar 2%\r\n${oom}`), noStdin);
    expect(found).toMatchObject({lineCount: 4, isCut: false, diagnosis: {code: 'GPU_OOM_LOAD', lineNumber: 4}});
  });

  it('reads what PowerShell saved', async () => {
    const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(`INFO a\r\n${oom}\r\n`, 'utf16le')]);
    expect((await diagnoseFile(saved('powershell.log', utf16), noStdin)).diagnosis?.code).toBe('GPU_OOM_LOAD');
  });

  it('survives a line of 10 MB and binary junk around the cause', async () => {
    const junk = Buffer.from(Array.from({length: 100_000}, (_, index) => (index * 7919) % 256));
    const long = Buffer.from(`${'x'.repeat(10 * 1024 * 1024)}\n${oom}\n`);
    const found = await diagnoseFile(saved('junk.log', Buffer.concat([junk, Buffer.from('\n'), long, junk])), noStdin);
    expect(found.diagnosis?.code).toBe('GPU_OOM_LOAD');
    expect(JSON.stringify(found).length).toBeLessThan(10_000);
  });

  it('hides secrets in what it shows', async () => {
    const found = await diagnoseFile(saved('secret.log', `${oom} HF_TOKEN=hf_abcdefghijklmnop\n`), noStdin);
    expect(JSON.stringify(found)).not.toContain('abcdefghij');
  });

  it('says that there is no such file, or that it is none', async () => {
    await expect(diagnoseFile(join(folder, 'no.log'), noStdin)).rejects.toMatchObject({code: 'not_found'});
    await expect(diagnoseFile(folder, noStdin)).rejects.toMatchObject({code: 'invalid_input'});
  });

  it('finds nothing in an empty file', async () => {
    expect(await diagnoseFile(saved('empty.log', ''), noStdin)).toMatchObject({lineCount: 0, diagnosis: null});
  });
});

describe('what is asked about', () => {
  it.each(['-', './x', '/var/log/syslog', 'engine.log', 'a.jsonl'])('%s is a file', subject => {
    expect(looksLikeFile(subject)).toBe(true);
  });

  it.each(['prod-1', '0193e1'])('%s is an instance', subject => {
    expect(looksLikeFile(subject)).toBe(false);
  });
});

it('reads a pipe', async () => {
  const pipe = new PassThrough();
  pipe.end(`a\n${oom}\n`);
  const found = await diagnoseFile('-', pipe);
  expect(found.diagnosis?.code).toBe('GPU_OOM_LOAD');
});
