import {string} from '@oclif/core/args';
import {BaseCommand} from '../src/cli/base-command.ts';
import {completionScript, shells} from '../src/cli/completion/scripts.ts';
import {completionVerbs} from '../src/cli/completion/words.ts';

export default class Completion extends BaseCommand<typeof Completion> {
  static override summary = 'Print the completion script of a shell';
  static override examples = [
    {description: 'For this shell only', command: 'source <(<%= config.bin %> completion bash)'},
    {description: 'For good', command: '<%= config.bin %> completion zsh > ~/.zfunc/_inventiv'},
  ];
  static override args = {shell: string({required: true, options: [...shells], description: 'bash, zsh or fish'})};

  async run(): Promise<void> {
    const shell = shells.find(each => each === this.args.shell) ?? 'bash';
    const script = completionScript(shell, completionVerbs(this.config.commands));
    this.show({shell, script}, () => script.trimEnd());
  }
}
