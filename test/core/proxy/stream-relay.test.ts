import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {SseFramer} from '../../../src/core/proxy/sse-framer.ts';
import type {UsageView} from '../../../src/core/proxy/stream-patcher.ts';
import {StreamPatcher} from '../../../src/core/proxy/stream-patcher.ts';
import {StreamRelay} from '../../../src/core/proxy/stream-relay.ts';

const head = {id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1_760_000_000, model: 'acme/chat-8b'};
const tricky = [
  '',
  'a',
  '}}',
  '"',
  '\\',
  ',"usage":{"prompt_tokens":1}}',
  'é🙂',
  '\n\n',
  'data: [DONE]',
  '{"index":3,',
];

interface Options {
  readonly view: UsageView;
  readonly alias: string | null;
}

const events = fc.record({
  chunks: fc.array(
    fc.record({
      index: fc.integer({min: 0, max: 12}),
      content: fc.oneof(fc.constantFrom(...tricky), fc.string()),
      shape: fc.constantFrom(
        'plain',
        'plain',
        'plain',
        'null-usage',
        'no-usage',
        'usage-first',
        'extra',
        'comment',
        'crlf',
      ),
    }),
    {maxLength: 30},
  ),
  details: fc.boolean(),
  end: fc.constantFrom('done', 'error', 'cut'),
});
const options = fc.record({
  view: fc.constantFrom<UsageView>('hidden', 'final', 'continuous'),
  alias: fc.constantFrom(null, 'c', 'acme/a-much-longer-name-for-the-very-same-model-as-seen-by-its-clients'),
});

describe('StreamRelay', () => {
  it('gives the bytes and the counts that scanning every event gives, however the stream is cut', () => {
    fc.assert(
      fc.property(events, options, fc.array(fc.integer({min: 1, max: 400})), (stream, chosen, cuts) => {
        const bytes = streamOf(stream);
        expect(relayed(bytes, chosen, cuts)).toEqual(scanned(bytes, chosen, cuts));
      }),
      {numRuns: 300},
    );
  });

  it('takes a run of plain events without the scanner, and reads the usage of the last', () => {
    const bytes = streamOf({
      chunks: Array.from({length: 50}, (_, at) => ({index: 0, content: `${at}`, shape: 'plain' as const})),
      details: false,
      end: 'done',
    });
    const patcher = new StreamPatcher({view: 'hidden', modelBytes: null});
    let scans = 0;
    const patch = patcher.patch.bind(patcher);
    patcher.patch = event => {
      scans++;
      return patch(event);
    };
    const relay = new StreamRelay(patcher);
    relay.push(bytes);
    // The first, the usage, the end.
    expect(scans).toBe(3);
    expect(patcher.counts(100)).toMatchObject({promptTokens: 14, completionTokens: 50, estimated: false});
  });
});

function relayed(bytes: Uint8Array, {view, alias}: Options, cuts: readonly number[]) {
  const patcher = newPatcher({view, alias});
  const relay = new StreamRelay(patcher);
  const out: Uint8Array[] = [];
  let at = 0;
  for (const length of [...cuts, bytes.length]) {
    // A copy each: chunks are the relay's to change.
    const end = relay.push(bytes.slice(at, at + length));
    // Read at once, as the socket does: later pushes must not change it.
    out.push(...relay.takeOut().map(piece => piece.slice()));
    at += length;
    if (end !== null) return result(out, patcher, end.kind);
    if (at >= bytes.length) break;
  }

  return result(out, patcher, 'open');
}

/** Cut at the same places: of a CRLF cut in two, the framer drops the LF. */
function scanned(bytes: Uint8Array, chosen: Options, cuts: readonly number[]) {
  const patcher = newPatcher(chosen);
  const framer = new SseFramer();
  const out: Uint8Array[] = [];
  let at = 0;
  for (const length of [...cuts, bytes.length]) {
    for (const event of framer.push(bytes.slice(at, at + length))) {
      if (event.data === null && out.length === 0) continue;
      const patched = patcher.patch(event);
      if (patched.kind === 'forward') out.push(patched.bytes);
      else if (patched.kind !== 'drop') return result(out, patcher, patched.kind);
    }

    at += length;
  }

  return result(out, patcher, 'open');
}

function result(out: readonly Uint8Array[], patcher: StreamPatcher, end: string) {
  return {text: Buffer.concat(out).toString('latin1'), counts: patcher.counts(100), end};
}

function newPatcher({view, alias}: Options): StreamPatcher {
  return new StreamPatcher({view, modelBytes: alias === null ? null : new TextEncoder().encode(JSON.stringify(alias))});
}

function streamOf({chunks, details, end}: typeof events extends fc.Arbitrary<infer T> ? T : never): Uint8Array {
  const counts = new Map<number, number>();
  const texts = chunks.map(({index, content, shape}) => {
    counts.set(index, (counts.get(index) ?? 0) + 1);
    const usage = {
      prompt_tokens: 14,
      total_tokens: 14 + (counts.get(index) ?? 0),
      completion_tokens: counts.get(index),
      ...(details ? {prompt_tokens_details: {cached_tokens: 8}} : {}),
    };
    const choices = [{index, delta: {content}, logprobs: null, finish_reason: null}];
    const json = (value: object) => `data: ${JSON.stringify(value)}\n\n`;
    switch (shape) {
      case 'plain':
        return json({...head, choices, usage});
      case 'null-usage':
        return json({...head, choices, usage: null});
      case 'no-usage':
        return json({...head, choices});
      case 'usage-first':
        return json({usage, ...head, choices});
      case 'extra':
        return json({...head, choices, usage, system_fingerprint: 'x'});
      case 'comment':
        return ': ping\n\n';
      case 'crlf':
        return json({...head, choices, usage}).replaceAll('\n', '\r\n');
      default:
        return shape satisfies never;
    }
  });
  const last = {prompt_tokens: 14, total_tokens: 14 + chunks.length, completion_tokens: chunks.length};
  if (end === 'done')
    texts.push(`data: ${JSON.stringify({...head, choices: [], usage: last})}\n\n`, 'data: [DONE]\n\n');
  if (end === 'error') texts.push('data: {"error":{"message":"x","code":500}}\n\n');
  if (end === 'cut') texts.push('data: {"id":"chatcmpl-1","obj');
  return new TextEncoder().encode(texts.join(''));
}
