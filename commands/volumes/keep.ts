import {string} from '@oclif/core/args';
import {BaseCommand} from '../../src/cli/base-command.ts';
import {pricePerMonthText} from '../../src/ui/amounts.ts';

export default class VolumesKeep extends BaseCommand<typeof VolumesKeep> {
  static override summary = 'Let a volume survive its instance; it is paid for until it is deleted';
  static override examples = [
    '<%= config.bin %> volumes keep inventiv-prod-1-4n8rk2x7qa-volume',
    '<%= config.bin %> volumes keep res_01hzyg3k9c2v5w8x1b4n7q0rst --json',
  ];
  static override args = {volume: string({required: true, description: 'id, id at the provider, or name'})};

  async run(): Promise<void> {
    const volume = await this.withClient(client => client.volumes.keep({volume: this.args.volume}));
    this.show(
      volume,
      () =>
        `Kept: ${volume.name}, ${pricePerMonthText(volume.pricePerMonthNanos)} also after "${volume.instance.name}" is gone`,
      () => volume.id,
    );
  }
}
