import {string} from '@oclif/core/args';
import {integer, option} from '@oclif/core/flags';
import {BaseCommand} from '../../src/cli/base-command.ts';
import {renderSize} from '../../src/ui/views/models-view.ts';

export default class ModelsSize extends BaseCommand<typeof ModelsSize> {
  static override summary = 'Compute which instance types fit a model, by price, with the arithmetic';
  static override examples = [
    '<%= config.bin %> models size qwen3-8b',
    '<%= config.bin %> models size qwen3-8b --max-model-len 32768 --concurrency 16 --json',
  ];
  static override args = {model: string({required: true, description: 'id or Hugging Face id'})};
  static override flags = {
    provider: option({
      options: ['scaleway', 'mock'] as const,
      default: 'scaleway' as const,
      description: 'whose types',
    })(),
    'max-model-len': integer({min: 16, description: "context in tokens (default: the model's own)"}),
    concurrency: integer({min: 1, max: 100_000, description: 'requests at once that must fit at full context'}),
    mode: option({
      options: ['mono', 'multi'] as const,
      description: 'several GPUs: one model over all, or one copy on each',
    })(),
  };

  async run(): Promise<void> {
    const {provider, concurrency, mode} = this.flags;
    const maxModelLen = this.flags['max-model-len'];
    const size = await this.withClient(client =>
      client.models.size({
        model: this.args.model,
        provider,
        ...(maxModelLen === undefined ? {} : {maxModelLen}),
        ...(concurrency === undefined ? {} : {concurrency}),
        ...(mode === undefined ? {} : {mode}),
      }),
    );
    this.show(
      size,
      screen => renderSize(size, screen),
      () => size.fits.map(fit => fit.type).join('\n'),
    );
  }
}
