import type {Config} from '@oclif/core/config';
import {Help} from '@oclif/core/help';

/** Help of a command, of a topic, or (no words) of the program. */
export async function showHelp(config: Config, words: readonly string[]): Promise<void> {
  const help = new Help(config, {hideAliasesFromRoot: true});
  await help.showHelp(words.length === 0 ? ['--help'] : [...words, '--help']);
}
