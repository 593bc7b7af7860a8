import {string} from '@oclif/core/args';
import {boolean} from '@oclif/core/flags';
import {BaseCommand} from '../../src/cli/base-command.ts';

export default class ModelsRemove extends BaseCommand<typeof ModelsRemove> {
  static override summary = 'Remove a model from the catalog';
  static override examples = [
    '<%= config.bin %> models remove my-model-7b',
    '<%= config.bin %> models remove my-model-7b --yes --json',
  ];
  static override args = {model: string({required: true, description: 'id or Hugging Face id'})};
  static override flags = {yes: boolean({char: 'y', description: 'do not ask'})};

  async run(): Promise<void> {
    await this.withClient(async client => {
      const {model} = await client.models.show({model: this.args.model});
      this.out.note(
        `${model.id} (${model.hfId}) leaves the catalog; it can be added again. To only hide it: inventiv models disable ${model.id}`,
      );
      if (!(await this.confirm('Remove it?', this.flags.yes))) return this.out.note('Nothing was removed.');
      await client.models.remove({model: model.id});
      this.show(
        {removed: model.id},
        () => `Removed: ${model.id}`,
        () => model.id,
      );
    });
  }
}
