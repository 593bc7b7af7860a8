import {string} from '@oclif/core/flags';

/** Whose requests a rate limit counts; without any of them, all of the organization. */
export const rateLimitOwnerFlags = {
  key: string({description: 'of this API key'}),
  model: string({char: 'm', description: 'to this model; with --key, of that key to this model'}),
};

export function rateLimitOwner({key, model}: {key?: string | undefined; model?: string | undefined}) {
  return {...(key !== undefined && {key}), ...(model !== undefined && {model})};
}
