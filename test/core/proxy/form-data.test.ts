import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {formBoundary, formText, rewriteForm, scanForm} from '../../../src/core/proxy/form-data.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

describe('formBoundary', () => {
  it.each([
    ['multipart/form-data; boundary=abc', 'abc'],
    ['Multipart/Form-Data; charset=utf-8; boundary="a b"', 'a b'],
    ['multipart/form-data', null],
    ['application/json', null],
    [undefined, null],
  ])('of %j is %j', (type, boundary) => {
    expect(formBoundary(type)).toBe(boundary);
  });
});

describe('a form', () => {
  it('is found field by field as another parser finds it, whatever bytes its file holds', async () => {
    const bytes = fc.uint8Array({maxLength: 300});
    const text = fc.string({maxLength: 40, unit: 'grapheme'});
    await fc.assert(
      fc.asyncProperty(bytes, text, async (file, model) => {
        const {body, boundary} = await encoded({model, file});
        const form = scanForm(body, boundary);
        expect(form.parts.map(({name}) => name)).toEqual(['model', 'file']);
        const [, found] = form.parts;
        expect([...body.subarray(found?.valueStart, found?.valueEnd)]).toEqual([...file]);
      }),
      {numRuns: 50},
    );
  });

  it('is rewritten so that another parser finds the changes and the same file', async () => {
    const file = Uint8Array.from({length: 256}, (_, at) => at);
    const {body, boundary} = await encoded({model: 'alias', file});
    const edits = new Map([
      ['model', 'served'],
      ['stream', 'true'],
      ['absent', null],
    ]);
    const changed = rewriteForm(body, scanForm(body, boundary), edits);
    const headers = {'content-type': `multipart/form-data; boundary=${boundary}`};
    const parsed = await new Response(Uint8Array.from(changed), {headers}).formData();
    expect(parsed.getAll('model')).toEqual(['served']);
    expect(parsed.get('stream')).toBe('true');
    const kept = parsed.get('file');
    expect(kept instanceof File && [...new Uint8Array(await kept.arrayBuffer())]).toEqual([...file]);
  });

  it.each([
    ['nothing', ''],
    ['no delimiter', 'abc'],
    ['no end', '--b\r\ncontent-disposition: form-data; name="a"\r\n\r\nvalue'],
    ['headers without end', '--b\r\ncontent-disposition: form-data'],
  ])('with %s is refused', (_what, text) => {
    expect(() => scanForm(encoder.encode(text), 'b')).toThrow(expect.objectContaining({code: 'invalid_input'}));
  });

  it('cut at any byte is refused or is what it was', async () => {
    const {body, boundary} = await encoded({model: 'm', file: encoder.encode('abc\r\n--x\r\n')});
    for (let length = 0; length < body.length - 4; length++) {
      expect(() => scanForm(body.subarray(0, length), boundary)).toThrow(/cannot be read/);
    }
  });

  it('with two values for one field is refused where one is asked for', () => {
    const part = '--b\r\ncontent-disposition: form-data; name="model"\r\n\r\nm\r\n';
    const body = encoder.encode(`${part}${part}--b--\r\n`);
    expect(() => formText(body, scanForm(body, 'b'), 'model', 100)).toThrow(expect.objectContaining({param: 'model'}));
  });

  it('of too many fields is refused', () => {
    const part = '--b\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\n';
    expect(() => scanForm(encoder.encode(`${part.repeat(101)}--b--\r\n`), 'b')).toThrow(/more than 100/);
  });
});

async function encoded(fields: {model: string; file: Uint8Array}): Promise<{body: Uint8Array; boundary: string}> {
  const form = new FormData();
  form.set('model', fields.model);
  form.set('file', new Blob([Uint8Array.from(fields.file)]), 'a.wav');
  const response = new Response(form);
  const boundary = formBoundary(response.headers.get('content-type') ?? '') ?? '';
  const body = new Uint8Array(await response.arrayBuffer());
  expect(decoder.decode(body)).toContain(boundary);
  return {body, boundary};
}
