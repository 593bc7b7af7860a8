import {findConfigFile} from '../config/config.ts';
import type {Env} from '../config/env.ts';
import {configCandidates} from '../config/paths.ts';

/** Where the config file is looked for, in order, and the one that is read. */
export interface ConfigPlaces {
  readonly file: string | null;
  readonly candidates: readonly string[];
}

export function configPlaces(env: Env, workingDir: string): ConfigPlaces {
  return {file: findConfigFile(env, workingDir), candidates: configCandidates(env, workingDir)};
}
