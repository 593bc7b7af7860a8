import {integer} from '@oclif/core/flags';
import {BaseCommand} from '../../src/cli/base-command.ts';
import {promptHistory, whoseFlags} from '../../src/cli/prompts/whose.ts';
import {renderPrompt} from '../../src/ui/views/prompts-view.ts';

export default class PromptsShow extends BaseCommand<typeof PromptsShow> {
  static override summary = 'Show a system prompt: the one in force, or an earlier version';
  static override examples = [
    '<%= config.bin %> prompts show --model qwen3-8b',
    {
      description: 'Back to an earlier version',
      command:
        '<%= config.bin %> prompts show --organization --version 2 --quiet | <%= config.bin %> prompts set --organization -',
    },
  ];
  static override flags = {...whoseFlags, version: integer({min: 1, description: 'this version'})};

  async run(): Promise<void> {
    const {version} = this.flags;
    const page = {limit: 1, ...(version === undefined ? {} : {version})};
    const [prompt] = await this.withClient(client => promptHistory(client, this.flags, page));
    if (prompt === undefined) return;
    this.show(
      prompt,
      screen => renderPrompt(prompt, screen),
      () => prompt.text ?? '',
    );
  }
}
