import {boolean, string} from '@oclif/core/flags';
import {InventivError} from '../../core/errors.ts';
import type {PromptShape} from '../../ui/views/prompts-view.ts';
import type {ApiClient} from '../api-client.ts';

/** Whose prompt a verb means: exactly one of the three. */
export const whoseFlags = {
  model: string({char: 'm', description: 'of this model'}),
  organization: boolean({description: 'of the whole organization'}),
  key: string({description: 'of this API key'}),
};

export interface Whose {
  readonly model?: string | undefined;
  readonly organization?: boolean | undefined;
  readonly key?: string | undefined;
}

/** Null takes the prompt away. */
export async function setPrompt(client: ApiClient, whose: Whose, text: string | null): Promise<PromptShape> {
  const {model, key} = one(whose);
  if (model !== undefined) return await client.prompts.setModel({model, text});
  return key === undefined ? await client.prompts.setOrganization({text}) : await client.prompts.setKey({key, text});
}

/** Latest first. */
export async function promptHistory(
  client: ApiClient,
  whose: Whose,
  page: {limit: number; version?: number},
): Promise<readonly PromptShape[]> {
  const {model, key} = one(whose);
  if (model !== undefined) return await client.prompts.modelHistory({model, ...page});
  return key === undefined
    ? await client.prompts.organizationHistory(page)
    : await client.prompts.keyHistory({key, ...page});
}

function one(whose: Whose): Whose {
  const {model, organization, key} = whose;
  const named = [model, organization === true ? '' : undefined, key].filter(each => each !== undefined);
  if (named.length === 1) return whose;
  throw new InventivError(
    'invalid_input',
    `expected one of --model, --organization and --key, got ${named.length === 0 ? 'none' : 'several'}`,
    {hint: 'For example: inventiv prompts show --model qwen3-8b', param: '--model'},
  );
}
