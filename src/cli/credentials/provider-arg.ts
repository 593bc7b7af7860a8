import {option} from '@oclif/core/args';

/** Providers that ask for credentials. */
export const providerArg = option({options: ['scaleway'] as const})({required: true, description: 'the provider'});
