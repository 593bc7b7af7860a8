import {readFile} from 'node:fs/promises';
import {InventivError} from '../core/errors.ts';
import type {HubEnv} from './env.ts';

const hubUrlDefault = 'https://huggingface.co';
const tokenCharsMax = 512;

/** The token for gated models: the file, else the variables; null where neither is given. It is never kept. */
export async function readHubToken({tokenFile, token}: HubEnv): Promise<string | null> {
  if (tokenFile === null) return token === null ? null : requireToken(token, 'the environment');
  const text = await readFile(tokenFile, 'utf8').catch((cause: unknown) => {
    throw new InventivError('invalid_config', `expected a token in the file ${tokenFile}, it cannot be read.`, {
      hint: 'WORKER_HF_TOKEN_FILE names it: correct the path, or unset it.',
      cause,
    });
  });
  return requireToken(text.trim(), tokenFile);
}

/** An address without a slash at its end. */
export function hubUrl({url}: HubEnv): string {
  if (url === null) return hubUrlDefault;
  if (!/^https?:\/\/[^\s/?#]+(\/[^\s?#]*)?$/.test(url))
    throw new InventivError('invalid_config', `expected the address of a model hub in HF_ENDPOINT, got "${url}".`, {
      hint: 'For example HF_ENDPOINT=https://huggingface.co',
    });
  return url.replace(/\/+$/, '');
}

/** It becomes a header and a line of an environment file: nothing in it may end either. */
function requireToken(token: string, place: string): string {
  if (token !== '' && token.length <= tokenCharsMax && /^[\x21-\x7e]+$/.test(token)) return token;
  throw new InventivError('invalid_config', `expected a Hugging Face token in ${place}, got something else.`, {
    hint: 'A token is one word, such as hf_..., on one line.',
  });
}
