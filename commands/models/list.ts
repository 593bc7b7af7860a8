import {boolean} from '@oclif/core/flags';
import {BaseCommand} from '../../src/cli/base-command.ts';
import {columnsFlag} from '../../src/cli/flags.ts';
import {modelColumnKeys, renderModels} from '../../src/ui/views/models-view.ts';

export default class ModelsList extends BaseCommand<typeof ModelsList> {
  static override summary = 'List the models that can be started';
  static override examples = [
    '<%= config.bin %> models list',
    '<%= config.bin %> models list --all --columns id,weights,context,vllm',
  ];
  static override flags = {
    all: boolean({char: 'a', description: 'disabled ones too'}),
    columns: columnsFlag(modelColumnKeys),
  };

  async run(): Promise<void> {
    const models = await this.withClient(client => client.models.list({includeInactive: this.flags.all}));
    this.show(
      models,
      screen => renderModels(models, screen, this.flags.columns),
      () => models.map(model => model.id).join('\n'),
    );
  }
}
