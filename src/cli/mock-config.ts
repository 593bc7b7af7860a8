import {resolve} from 'node:path';
import type {Config} from '../config/config.ts';
import type {MockProfile} from '../config/config-file.ts';

/** The settings with the mock flags of this run on top. */
export function withMockFlags(
  config: Config,
  flags: {readonly 'mock-profile'?: MockProfile | undefined; readonly 'mock-scenario'?: string | undefined},
): Config {
  return {
    ...config,
    mock: {
      profile: flags['mock-profile'] ?? config.mock.profile,
      scenario: flags['mock-scenario'] === undefined ? config.mock.scenario : resolve(flags['mock-scenario']),
    },
  };
}
