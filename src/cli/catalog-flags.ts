import {option} from '@oclif/core/flags';

/** Whose catalogue; providers that sell nothing have none. */
export const catalogFlags = {
  provider: option({
    options: ['scaleway', 'mock'] as const,
    default: 'scaleway' as const,
    description: 'whose machines',
  })(),
};
