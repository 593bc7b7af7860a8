import {integer} from '@oclif/core/flags';
import {BaseCommand} from '../../src/cli/base-command.ts';
import {promptHistory, whoseFlags} from '../../src/cli/prompts/whose.ts';
import {renderPromptHistory} from '../../src/ui/views/prompts-view.ts';

export default class PromptsHistory extends BaseCommand<typeof PromptsHistory> {
  static override summary = 'List all versions of a system prompt: when, who, what';
  static override examples = [
    '<%= config.bin %> prompts history --model qwen3-8b',
    '<%= config.bin %> prompts history --key laptop --limit 5 --json',
  ];
  static override flags = {
    ...whoseFlags,
    limit: integer({char: 'n', min: 1, max: 1000, default: 100, description: 'how many, latest first'}),
  };

  async run(): Promise<void> {
    const {limit} = this.flags;
    const versions = await this.withClient(client => promptHistory(client, this.flags, {limit}));
    this.show(
      versions,
      screen => renderPromptHistory(versions, screen),
      () => versions.map(({version}) => version).join('\n'),
    );
  }
}
