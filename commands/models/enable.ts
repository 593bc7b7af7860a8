import {string} from '@oclif/core/args';
import {BaseCommand} from '../../src/cli/base-command.ts';

export default class ModelsEnable extends BaseCommand<typeof ModelsEnable> {
  static override summary = 'Let a model be started again';
  static override examples = [
    '<%= config.bin %> models enable qwen3-8b',
    '<%= config.bin %> models enable Qwen/Qwen3-8B --json',
  ];
  static override args = {model: string({required: true, description: 'id or Hugging Face id'})};

  async run(): Promise<void> {
    const model = await this.withClient(client => client.models.setActive({model: this.args.model, active: true}));
    this.show(
      model,
      () => `${model.id} is enabled.`,
      () => model.id,
    );
  }
}
