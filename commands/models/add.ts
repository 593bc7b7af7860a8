import {string} from '@oclif/core/args';
import {BaseCommand} from '../../src/cli/base-command.ts';
import {describedModel, modelFlags} from '../../src/cli/model-flags.ts';
import {parseModelSpec} from '../../src/cli/parse-model.ts';
import {renderModel} from '../../src/ui/views/models-view.ts';

export default class ModelsAdd extends BaseCommand<typeof ModelsAdd> {
  static override summary = 'Add a model to the catalog';
  static override description =
    'Needs the size of the weights, the context and the architecture: the numbers are in the "config.json" and the file list of the model\'s page.';
  static override examples = [
    '<%= config.bin %> models add my-org/My-Model-7B --weights-bytes 15200000000 --context 32768 --layers 28 --attention-heads 28 --kv-heads 4 --head-dim 128',
    '<%= config.bin %> models add my-org/My-Model-7B --file my-model.yaml',
  ];
  static override args = {model: string({required: true, description: 'Hugging Face id, ORG/NAME'})};
  static override flags = modelFlags;

  async run(): Promise<void> {
    const spec = await parseModelSpec({...(await describedModel(this.flags)), hfId: this.args.model});
    const model = await this.withClient(client => client.models.add(spec));
    this.show(
      model,
      screen => renderModel(model, screen),
      () => model.id,
    );
  }
}
