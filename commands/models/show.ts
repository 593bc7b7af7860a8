import {string} from '@oclif/core/args';
import {BaseCommand} from '../../src/cli/base-command.ts';
import {renderModel} from '../../src/ui/views/models-view.ts';

export default class ModelsShow extends BaseCommand<typeof ModelsShow> {
  static override summary = 'Show one model; with --json also its full description';
  static override examples = [
    '<%= config.bin %> models show qwen3-8b',
    '<%= config.bin %> models show Qwen/Qwen3-8B --json',
  ];
  static override args = {model: string({required: true, description: 'id or Hugging Face id'})};

  async run(): Promise<void> {
    const shown = await this.withClient(client => client.models.show({model: this.args.model}));
    this.show(
      shown,
      screen => renderModel(shown.model, screen),
      () => shown.model.hfId,
    );
  }
}
