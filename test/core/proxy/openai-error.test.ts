import {describe, expect, it} from 'vitest';
import {InventivError} from '../../../src/core/errors.ts';
import {fromInventivError, fromUpstream, openAiErrorBody} from '../../../src/core/proxy/openai-error.ts';

const vllm = (status: number, message: string, type = 'BadRequestError', param: string | null = null) =>
  fromUpstream(status, JSON.stringify({error: {message, type, param, code: status}}));

describe('fromUpstream', () => {
  it('gives a too long prompt the code that clients look for', () => {
    const message = "This model's maximum context length is 4096 tokens. However, you requested 5000.";
    expect(vllm(400, message, 'BadRequestError', 'messages')).toEqual({
      status: 400,
      message,
      type: 'invalid_request_error',
      param: 'messages',
      code: 'context_length_exceeded',
      retryable: false,
    });
  });

  it.each([
    ['a refused worker key', 401, '{"error":"Unauthorized"}', 502, 'upstream_error', false],
    [
      'a model the worker does not know',
      404,
      '{"error":{"message":"The model `x` does not exist."}}',
      502,
      'upstream_error',
      false,
    ],
    ['a route the model lacks', 404, '{"error":{"message":"Not Found","code":404}}', 404, 'not_found', false],
    ['a full queue', 503, '{"error":{"message":"queue"}}', 503, 'no_capacity', true],
    ['a proxy page', 502, '<html>bad gateway</html>', 502, 'upstream_error', true],
    ['an engine fault', 500, '{"error":{"message":"/root/secret.py"}}', 502, 'upstream_error', true],
  ])('never shows the client %s as it came', (_what, status, body, expectedStatus, code, retryable) => {
    const error = fromUpstream(status, body);
    expect(error).toMatchObject({status: expectedStatus, code, retryable});
    expect(error.message).not.toContain('secret');
  });
});

describe('fromInventivError', () => {
  it('keeps the text of an unexpected fault to itself', () => {
    const body = openAiErrorBody(fromInventivError(new InventivError('unexpected', 'SQLITE_BUSY at /home/me/db')));
    expect(JSON.parse(body)).toEqual({
      error: {
        message: 'The server met an unexpected fault.',
        type: 'server_error',
        param: null,
        code: 'internal_error',
      },
    });
  });
});
