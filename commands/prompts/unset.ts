import {BaseCommand} from '../../src/cli/base-command.ts';
import {setPrompt, whoseFlags} from '../../src/cli/prompts/whose.ts';
import {renderPromptSet} from '../../src/ui/views/prompts-view.ts';

export default class PromptsUnset extends BaseCommand<typeof PromptsUnset> {
  static override summary = 'Take a system prompt away; its versions stay in the history';
  static override examples = [
    '<%= config.bin %> prompts unset --model qwen3-8b',
    '<%= config.bin %> prompts unset --key laptop --json',
  ];
  static override flags = whoseFlags;

  async run(): Promise<void> {
    const prompt = await this.withClient(client => setPrompt(client, this.flags, null));
    this.show(
      prompt,
      screen => renderPromptSet(prompt, screen),
      () => String(prompt.version),
    );
  }
}
