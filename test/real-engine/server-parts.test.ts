import {describe, expect, it} from 'vitest';
import {parseServerArguments} from './server-arguments.ts';
import {QueueFullError, Slots} from './slots.ts';
import {TextStream} from './text-stream.ts';
import {tinyLlamaGguf} from './tiny-model.ts';

describe('server arguments', () => {
  it('reads the command line of vLLM and names the flags it ignores, never their values', () => {
    const line =
      'serve org/model --host 0.0.0.0 --port 8000 --served-model-name a b --max-model-len 16k --api-key hush --enforce-eager';
    const parsed = parseServerArguments(line.split(' '));
    expect(parsed).toMatchObject({host: '0.0.0.0', port: 8000, servedModelNames: ['a', 'b'], maxModelLen: 16_000});
    expect(parsed.warnings.map(warning => warning.split(':')[0])).toEqual([
      'ignored --api-key',
      'ignored --enforce-eager',
    ]);
    expect(parsed.warnings.join()).not.toContain('hush');
  });

  it('serves the model under its own id when no name is given', () => {
    expect(parseServerArguments(['--model=org/model', '--max_model_len', '-1'])).toMatchObject({
      servedModelNames: ['org/model'],
      maxModelLen: 4096,
    });
  });

  it.each([
    [['--port', '99999', '--model', 'm'], /--port must be/],
    [['--model'], /--model needs a value/],
    [['--port', '1'], /a model is needed/],
    [['serve', 'm', '--max-model-len', 'long'], /--max-model-len must be .* got "long"/],
  ])('refuses %j', (argv, message) => {
    expect(() => parseServerArguments(argv)).toThrow(message);
  });
});

describe('slots', () => {
  it('serves waiting requests in order and forgets those that gave up', async () => {
    const slots = new Slots(['only'], 2);
    const signal = new AbortController().signal;
    const order: string[] = [];
    await slots.acquire(signal);
    const gaveUp = new AbortController();
    const second = slots.acquire(gaveUp.signal);
    const third = slots.acquire(signal).then(() => order.push('third'));
    expect(() => slots.assertRoom()).toThrow(QueueFullError);

    gaveUp.abort(new Error('gone'));
    await expect(second).rejects.toThrow('gone');
    slots.release('only');
    await third;
    expect({order, running: slots.running, waiting: slots.waiting}).toEqual({order: ['third'], running: 1, waiting: 0});
    slots.release('only');
    expect(slots.running).toBe(0);
  });
});

describe('text stream', () => {
  const fromBytes = (bytes: readonly number[]): string => Buffer.from(bytes).toString('utf8');

  it('holds a character back until all of its bytes are there', () => {
    const stream = new TextStream(fromBytes, [], []);
    expect([...Buffer.from('é🙂')].map(byte => stream.push(byte).text)).toEqual(['', 'é', '', '', '', '🙂']);
  });

  it('lets broken bytes through instead of waiting for ever', () => {
    const stream = new TextStream(fromBytes, [], []);
    const texts = [0xff, 0xff, 0xff, 0xff].map(byte => stream.push(byte).text);
    expect(texts).toEqual(['', '', '', '\uFFFD'.repeat(4)]);
  });

  it('never shows a part of a stop string and gives back what only looked like one', () => {
    const stream = new TextStream(fromBytes, [], ['</end>']);
    const feed = (text: string): string => [...Buffer.from(text)].map(byte => stream.push(byte).text).join('');
    expect(feed('a</e')).toBe('a');
    expect(feed('x </end')).toBe('</ex ');
    expect(stream.push('>'.charCodeAt(0))).toEqual({text: '', stoppedBy: '</end>'});
    expect(stream.flush()).toBe('');
  });
});

describe('the tiny model', () => {
  it('is the same file for the same seed and another for another', () => {
    const file = tinyLlamaGguf({seed: 1, contextTokens: 4096});
    expect(file.subarray(0, 4).toString()).toBe('GGUF');
    expect(tinyLlamaGguf({seed: 1, contextTokens: 4096}).equals(file)).toBe(true);
    expect(tinyLlamaGguf({seed: 2, contextTokens: 4096}).equals(file)).toBe(false);
  });
});
