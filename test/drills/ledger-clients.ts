import type {Pool} from 'undici';
import {secret} from '../serve/support/bench.ts';

export const fastModel = 'acme/fast-8b';
/** Gives its first token at once and the next a minute later: a stream that is cut in between is cut at rest. */
export const slowModel = 'acme/slow-70b';

/** How one request ended, as its client saw it. */
export type Seen = 'completed' | 'refused' | 'left' | 'lost';

const messages = [{role: 'user', content: 'Tell me about Paris, please.'}];

/** The mix, by number: four in five streams or chats, one in ten given up, the rest of all kinds. */
export async function sendRequest(pool: Pool, number: number): Promise<Seen> {
  const common = {model: fastModel, seed: number, max_tokens: 1 + (number % 30)};
  const text = `Request ${number}`;
  switch (number % 20) {
    case 0:
    case 10:
      return await cut(pool, {model: slowModel, messages, stream: true, max_tokens: 500});
    case 1:
      return await whole(pool, '/v1/embeddings', {model: fastModel, input: [text, 'and more']});
    case 2:
      return await whole(pool, '/v1/rerank', {model: fastModel, query: text, documents: ['a city', 'a cake']});
    case 3:
      return await whole(pool, '/v1/completions', {...common, prompt: text});
    case 4:
      return await whole(pool, '/v1/completions', {...common, prompt: text, stream: true});
    case 5:
      return await whole(pool, '/v1/responses', {
        model: fastModel,
        input: text,
        max_output_tokens: 20,
        stream: number % 40 < 20,
      });
    case 6:
      return await whole(pool, '/v1/messages', {model: fastModel, messages, max_tokens: 20, stream: number % 40 < 20});
    case 7:
      return await whole(pool, '/v1/chat/completions', {...common, messages, max_tokens: 1_000_000});
    case 8:
    case 9:
      return await whole(pool, '/v1/chat/completions', {...common, messages, n: 2, stream: number % 40 < 20});
    default:
      return await whole(pool, '/v1/chat/completions', {...common, messages, stream: number % 2 === 0});
  }
}

async function whole(pool: Pool, path: string, body: object): Promise<Seen> {
  try {
    const answer = await post(pool, path, body);
    const text = await answer.body.text();
    if (answer.statusCode !== 200) return 'refused';
    return /\[DONE\]|message_stop|response\.(?:completed|incomplete)|^\{/.test(text) ? 'completed' : 'refused';
  } catch {
    return 'lost';
  }
}

/** Leaves after the first token. */
async function cut(pool: Pool, body: object): Promise<Seen> {
  try {
    const answer = await post(pool, '/v1/chat/completions', body);
    if (answer.statusCode !== 200) {
      await answer.body.dump();
      return 'refused';
    }

    let text = '';
    for await (const chunk of answer.body) {
      text += String(chunk);
      if (/"content":"[^"]/.test(text)) break;
    }

    answer.body.destroy();
    return text.includes('"error"') ? 'refused' : 'left';
  } catch {
    return 'lost';
  }
}

function post(pool: Pool, path: string, body: object) {
  const headers = {authorization: `Bearer ${secret}`, 'content-type': 'application/json'};
  return pool.request({path, method: 'POST', headers, body: JSON.stringify(body), headersTimeout: 0, bodyTimeout: 0});
}
