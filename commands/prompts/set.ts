import {string} from '@oclif/core/args';
import {string as stringFlag} from '@oclif/core/flags';
import {BaseCommand} from '../../src/cli/base-command.ts';
import {readPromptText} from '../../src/cli/prompts/read-text.ts';
import {setPrompt, whoseFlags} from '../../src/cli/prompts/whose.ts';
import {renderPromptSet} from '../../src/ui/views/prompts-view.ts';

export default class PromptsSet extends BaseCommand<typeof PromptsSet> {
  static override summary = 'Say something before every conversation with a model, of the organization, with a key';
  static override description =
    'All that apply are put in front, in the order model, organization, key. A running "serve" has it in less than a second. The text is kept as a new version; earlier ones stay. Its tokens are on the bill of every request.';
  static override examples = [
    '<%= config.bin %> prompts set --model qwen3-8b "Answer in English."',
    '<%= config.bin %> prompts set --organization --file house-rules.txt',
    {description: 'From a pipe', command: 'cat rules.txt | <%= config.bin %> prompts set --key laptop -'},
  ];
  static override args = {text: string({description: 'the text; "-" reads stdin'})};
  static override flags = {
    ...whoseFlags,
    file: stringFlag({char: 'f', description: 'read the text from this file ("-": stdin)'}),
  };

  async run(): Promise<void> {
    const text = await readPromptText({argument: this.args.text, file: this.flags.file}, process.stdin);
    const prompt = await this.withClient(client => setPrompt(client, this.flags, text));
    this.show(
      prompt,
      screen => renderPromptSet(prompt, screen),
      () => String(prompt.version),
    );
  }
}
