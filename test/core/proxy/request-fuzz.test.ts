import fc from 'fast-check';
import {expect, it} from 'vitest';
import {InventivError} from '../../../src/core/errors.ts';
import {countPromptRequest} from '../../../src/core/proxy/count-request.ts';
import {endpoints, type ProxyEndpoint} from '../../../src/core/proxy/endpoints.ts';
import {injectPrompt} from '../../../src/core/proxy/inject-prompt.ts';
import {checkCaps, defaultCaps, missingBound} from '../../../src/core/proxy/request-caps.ts';
import {planRequest, upstreamBody} from '../../../src/core/proxy/request-plan.ts';
import {tokenDemand} from '../../../src/core/proxy/token-demand.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const caps = {...defaultCaps, maxTokens: 100};
const names = {servedModelName: 'served', cacheSalt: 'org', maxTokens: null};

/** Values that a member may have, the right ones and the wrong ones. */
const odd = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, 0, -1, 1e21, '', 'a', [], {}, [[]], [{}], [1, 2], [null]),
  fc.jsonValue({maxDepth: 3}),
);
const turn = fc.record(
  {role: fc.oneof(fc.constantFrom('system', 'developer', 'user'), odd), content: odd},
  {requiredKeys: []},
);
const bodies = fc.record(
  {
    model: fc.oneof({weight: 5, arbitrary: fc.constant('m')}, {weight: 1, arbitrary: odd}),
    stream: fc.oneof(fc.boolean(), odd),
    stream_options: fc.oneof(fc.record({include_usage: odd, continuous_usage_stats: odd}), odd),
    messages: fc.oneof(fc.array(turn, {maxLength: 3}), odd),
    ...{system: odd, instructions: odd, input: odd, prompt: odd, documents: odd, n: odd, max_tokens: odd},
    ...{max_completion_tokens: odd, max_output_tokens: odd, top_logprobs: odd, cache_salt: odd, background: odd},
  },
  {requiredKeys: []},
);
/** What no serializer writes, somewhere in the text. */
const damage = fc.record({
  at: fc.nat(),
  junk: fc.constantFrom('', '\n', '\u0000', '\t', '\\', '"', '}', '[', '\u007f', 'é'),
});

it('whatever a body holds, it is refused as the mistake of a client, or becomes another valid body', () => {
  let passed = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(...(Object.keys(endpoints) as ProxyEndpoint[])),
      bodies,
      fc.option(damage),
      (endpoint, value, harm) => {
        const whole = JSON.stringify(value);
        const at = harm === null ? 0 : harm.at % whole.length;
        const text = harm === null ? whole : whole.slice(0, at) + harm.junk + whole.slice(at);
        try {
          const sent = passThrough(endpoint, encoder.encode(text));
          // A control character in a text is left to the engine, which refuses it.
          if (harm === null) expect(JSON.parse(decoder.decode(sent))).toMatchObject({model: 'served'});
          passed++;
        } catch (error) {
          if (!(error instanceof InventivError)) throw error;
          expect(error.code).toBe('invalid_input');
        }
      },
    ),
    {numRuns: 3000},
  );
  expect(passed).toBeGreaterThan(300);
});

/** All that is done to a body on its way to a worker. */
function passThrough(endpoint: ProxyEndpoint, body: Uint8Array): Uint8Array {
  const plan = planRequest(endpoint, body);
  checkCaps(endpoint, body, plan, caps);
  missingBound(endpoint, body, plan, caps);
  tokenDemand(endpoint, body, plan, {contextTokens: 1000, maxTokens: 100, hasMedia: false});
  countPromptRequest(endpoint, body, plan, 'served');
  if (plan.source.kind !== 'json') throw new Error('expected a JSON body');
  const prompted = injectPrompt(endpoint, body, plan.source.object, 'Be kind.');
  return upstreamBody(endpoint, prompted, planRequest(endpoint, prompted), names);
}
