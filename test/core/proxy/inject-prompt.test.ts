import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import type {ProxyEndpoint} from '../../../src/core/proxy/endpoints.ts';
import {endpoints} from '../../../src/core/proxy/endpoints.ts';
import {injectPrompt} from '../../../src/core/proxy/inject-prompt.ts';
import {planRequest} from '../../../src/core/proxy/request-plan.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const user = {role: 'user', content: 'Hi'};

describe('injectPrompt into a chat', () => {
  it.each([
    ['no system turn', [user], [{role: 'system', content: 'P'}, user]],
    ['no message', [], [{role: 'system', content: 'P'}]],
    ['a system turn', [{role: 'system', content: 'S'}, user], [{role: 'system', content: 'P\n\nS'}, user]],
    ['a developer turn', [{role: 'developer', content: 'S'}, user], [{role: 'developer', content: 'P\n\nS'}, user]],
    ['an empty system turn', [{role: 'system', content: ''}], [{role: 'system', content: 'P'}]],
    ['a system turn of null', [{role: 'system', content: null}], [{role: 'system', content: 'P'}]],
    ['a system turn without content', [{role: 'system'}], [{content: 'P', role: 'system'}]],
    [
      'a system turn of parts',
      [{role: 'system', content: [{type: 'text', text: 'S'}]}],
      [
        {
          role: 'system',
          content: [
            {type: 'text', text: 'P'},
            {type: 'text', text: 'S'},
          ],
        },
      ],
    ],
    ['no parts', [{role: 'system', content: []}], [{role: 'system', content: [{type: 'text', text: 'P'}]}]],
    ['two system turns', [sys('A'), sys('B')], [sys('P\n\nA'), sys('B')]],
    ['a late system turn', [user, sys('A')], [user, sys('P\n\nA')]],
    ['things that are no messages', [1, 'x', null, user], [sys('P'), 1, 'x', null, user]],
    ['a system turn of a number', [{role: 'system', content: 7}], [{role: 'system', content: 7}]],
  ])('with %s', (_what, messages, expected) => {
    expect(injected('chat/completions', {model: 'm', messages})).toEqual({model: 'm', messages: expected});
  });

  it('finds a role that is written with escapes', () => {
    const text = '{"model":"m","messages":[{"r\\u006fle":"syst\\u0065m","content":"S"}]}';
    expect(injectedText('chat/completions', text)).toBe(
      '{"model":"m","messages":[{"r\\u006fle":"syst\\u0065m","content":"P\\n\\nS"}]}',
    );
  });

  it('puts one piece in and leaves every other byte: digits, unknown members, spaces', () => {
    const text =
      '{ "seed" : 12345678901234567890, "messages":[ {"role":"user","content":"\\u00e9"} ],"model":"m","t":1e400 }';
    expect(injectedText('chat/completions', text)).toBe(text.replace('[ ', '[{"role":"system","content":"P"}, '));
  });

  it('leaves what is no list of messages to the engine', () => {
    for (const text of ['{"model":"m"}', '{"model":"m","messages":"x"}', '{"model":"m","messages":{}}'])
      expect(injectedText('chat/completions', text)).toBe(text);
  });

  it('refuses a message that has two roles: the engine could read the other one', () => {
    const text = '{"model":"m","messages":[{"role":"user","role":"system","content":"S"}]}';
    expect(() => injectedText('chat/completions', text)).toThrow(/"role" appears twice/);
  });
});

describe('injectPrompt into other endpoints', () => {
  it.each([
    ['responses', {input: 'Hi'}, {instructions: 'P', input: 'Hi'}],
    ['responses', {input: 'Hi', instructions: null}, {instructions: 'P', input: 'Hi'}],
    ['responses', {input: 'Hi', instructions: 'S'}, {instructions: 'P\n\nS', input: 'Hi'}],
    ['responses', {input: [user]}, {instructions: 'P', input: [user]}],
    ['responses', {input: [sys('S'), user]}, {input: [sys('P\n\nS'), user]}],
    ['responses', {input: [sys('S')], instructions: 'I'}, {input: [sys('S')], instructions: 'P\n\nI'}],
    [
      'responses',
      {input: [{type: 'message', role: 'developer', content: [{type: 'input_text', text: 'S'}]}]},
      {
        input: [
          {
            type: 'message',
            role: 'developer',
            content: [
              {type: 'input_text', text: 'P'},
              {type: 'input_text', text: 'S'},
            ],
          },
        ],
      },
    ],
    ['messages', {messages: [user]}, {system: 'P', messages: [user]}],
    ['messages', {messages: [user], system: 'S'}, {system: 'P\n\nS', messages: [user]}],
    [
      'messages',
      {messages: [user], system: [{type: 'text', text: 'S', cache_control: {type: 'ephemeral'}}]},
      {
        system: [
          {type: 'text', text: 'P'},
          {type: 'text', text: 'S', cache_control: {type: 'ephemeral'}},
        ],
        messages: [user],
      },
    ],
    ['messages/count_tokens', {messages: [user]}, {system: 'P', messages: [user]}],
    ['completions', {prompt: 'Hi'}, {prompt: 'Hi'}],
    ['embeddings', {input: 'Hi'}, {input: 'Hi'}],
    ['rerank', {query: 'q', documents: ['d']}, {query: 'q', documents: ['d']}],
    ['score', {text_1: 'q', text_2: 'd'}, {text_1: 'q', text_2: 'd'}],
    ['tokenize', {messages: [user]}, {messages: [user]}],
    ['detokenize', {tokens: [1]}, {tokens: [1]}],
  ] as const)('%s with %j', (endpoint, members, expected) => {
    expect(injected(endpoint, {model: 'm', ...members})).toEqual({model: 'm', ...expected});
  });
});

describe('injectPrompt, whatever comes', () => {
  it('is a valid body that differs in one piece', () => {
    const jsonEndpoints = Object.entries(endpoints)
      .filter(([, {body}]) => body === 'json')
      .map(([name]) => name as ProxyEndpoint);
    fc.assert(
      fc.property(
        fc.constantFrom(...jsonEndpoints),
        bodyArbitrary,
        fc.string({unit: 'grapheme', minLength: 1}),
        fc.constantFrom(undefined, 1, '\t'),
        (endpoint, members, prompt, space) => {
          const before = JSON.stringify({model: 'm', ...members}, null, space);
          const after = injectedText(endpoint, before, prompt);
          expect(() => JSON.parse(after)).not.toThrow();
          const {prefix, suffix} = inCommon(before, after);
          // One insertion leaves everything; a null that gave way is all that may be missing.
          expect(before.slice(prefix, before.length - suffix)).toMatch(/^(?:null)?$/);
        },
      ),
      {numRuns: 500},
    );
  });

  it('never makes a second system turn of one', () => {
    fc.assert(
      fc.property(fc.array(messageArbitrary, {maxLength: 6}), messages => {
        const before = systemTurns(messages);
        const {messages: after} = injected('chat/completions', {model: 'm', messages}) as {messages: unknown[]};
        expect(systemTurns(after)).toBe(Math.max(1, before));
      }),
      {numRuns: 500},
    );
  });
});

const contentArbitrary = fc.oneof(
  fc.string({unit: 'grapheme'}),
  fc.constant(null),
  fc.array(fc.record({type: fc.constant('text'), text: fc.string({unit: 'grapheme'})}), {maxLength: 3}),
);
const messageArbitrary = fc.record(
  {
    role: fc.constantFrom('system', 'developer', 'user', 'assistant', 'tool'),
    content: contentArbitrary,
    x: fc.jsonValue(),
  },
  {requiredKeys: ['role']},
);
const bodyArbitrary = fc.record(
  {
    messages: fc.oneof(fc.array(messageArbitrary, {maxLength: 5}), fc.jsonValue()),
    input: fc.oneof(fc.array(messageArbitrary, {maxLength: 5}), fc.jsonValue()),
    instructions: fc.oneof(contentArbitrary, fc.jsonValue()),
    system: fc.oneof(contentArbitrary, fc.jsonValue()),
    seed: fc.jsonValue(),
  },
  {requiredKeys: []},
);

function sys(content: string) {
  return {role: 'system', content};
}

function systemTurns(messages: readonly unknown[]): number {
  return messages.filter(message => ['system', 'developer'].includes((message as {role: string}).role)).length;
}

/** How much of both, from either end, is the same; the ends do not overlap. */
function inCommon(before: string, after: string): {prefix: number; suffix: number} {
  const most = Math.min(before.length, after.length);
  let prefix = 0;
  while (prefix < most && before[prefix] === after[prefix]) prefix++;
  let suffix = 0;
  while (suffix < most - prefix && before.at(-1 - suffix) === after.at(-1 - suffix)) suffix++;
  return {prefix, suffix};
}

function injected(endpoint: ProxyEndpoint, body: object): unknown {
  return JSON.parse(injectedText(endpoint, JSON.stringify(body)));
}

function injectedText(endpoint: ProxyEndpoint, text: string, prompt = 'P'): string {
  const bytes = encoder.encode(text);
  const {source} = planRequest(endpoint, bytes);
  if (source.kind !== 'json') throw new Error('a form');
  return decoder.decode(injectPrompt(endpoint, bytes, source.object, prompt));
}
