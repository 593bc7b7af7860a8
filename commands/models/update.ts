import {string} from '@oclif/core/args';
import {BaseCommand} from '../../src/cli/base-command.ts';
import {describedModel, modelFlags} from '../../src/cli/model-flags.ts';
import {parseModelChanges} from '../../src/cli/parse-model.ts';
import {renderModel} from '../../src/ui/views/models-view.ts';

export default class ModelsUpdate extends BaseCommand<typeof ModelsUpdate> {
  static override summary = 'Change what the catalog says of a model; running instances keep what they have';
  static override examples = [
    '<%= config.bin %> models update qwen3-8b --max-model-len 32768',
    '<%= config.bin %> models update qwen3-8b --tool-call-parser hermes --json',
  ];
  static override args = {model: string({required: true, description: 'id or Hugging Face id'})};
  static override flags = modelFlags;

  async run(): Promise<void> {
    const changes = await parseModelChanges(await describedModel(this.flags));
    const model = await this.withClient(client => client.models.update({model: this.args.model, changes}));
    this.show(
      model,
      screen => renderModel(model, screen),
      () => model.id,
    );
  }
}
