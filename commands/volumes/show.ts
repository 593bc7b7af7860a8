import {string} from '@oclif/core/args';
import {BaseCommand} from '../../src/cli/base-command.ts';
import {renderVolume} from '../../src/ui/views/volumes-view.ts';

export default class VolumesShow extends BaseCommand<typeof VolumesShow> {
  static override summary = 'Show one volume: where it is, what it costs, and the times of its life';
  static override examples = [
    '<%= config.bin %> volumes show inventiv-prod-1-4n8rk2x7qa-volume',
    '<%= config.bin %> volumes show 8b1c3d52-6a0e-4f2b-9d7c-0a1b2c3d4e5f --json',
  ];
  static override args = {volume: string({required: true, description: 'id, id at the provider, or name'})};

  async run(): Promise<void> {
    const volume = await this.withClient(client => client.volumes.show({volume: this.args.volume}));
    this.show(
      volume,
      screen => renderVolume(volume, screen),
      () => volume.id,
    );
  }
}
