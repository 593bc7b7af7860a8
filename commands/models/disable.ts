import {string} from '@oclif/core/args';
import {BaseCommand} from '../../src/cli/base-command.ts';

export default class ModelsDisable extends BaseCommand<typeof ModelsDisable> {
  static override summary = 'Hide a model: it can no longer be started; running instances go on';
  static override examples = [
    '<%= config.bin %> models disable qwen3-8b',
    '<%= config.bin %> models disable Qwen/Qwen3-8B --json',
  ];
  static override args = {model: string({required: true, description: 'id or Hugging Face id'})};

  async run(): Promise<void> {
    const model = await this.withClient(client => client.models.setActive({model: this.args.model, active: false}));
    this.show(
      model,
      () => `${model.id} is disabled.`,
      () => model.id,
    );
  }
}
