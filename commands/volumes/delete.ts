import {string} from '@oclif/core/args';
import {boolean} from '@oclif/core/flags';
import {BaseCommand} from '../../src/cli/base-command.ts';
import {isGone} from '../../src/core/instance/state.ts';
import {pricePerMonthText} from '../../src/ui/amounts.ts';

export default class VolumesDelete extends BaseCommand<typeof VolumesDelete> {
  static override summary = 'Delete the volume of a gone instance at the provider, for ever';
  static override examples = [
    '<%= config.bin %> volumes delete inventiv-prod-1-4n8rk2x7qa-volume',
    '<%= config.bin %> volumes delete res_01hzyg3k9c2v5w8x1b4n7q0rst --yes --json',
  ];
  static override args = {volume: string({required: true, description: 'id, id at the provider, or name'})};
  static override flags = {yes: boolean({char: 'y', description: 'do not ask'})};

  async run(): Promise<void> {
    await this.withClient(async client => {
      const {id, name, status, instance, pricePerMonthNanos} = await client.volumes.show({volume: this.args.volume});
      // What is gone already, or cannot go, is not asked about: the answer would promise what does not happen.
      if (status !== 'deleted' && isGone(instance.state)) {
        this.out.note(`${name} goes with everything on it; that saves ${pricePerMonthText(pricePerMonthNanos)}.`);
        if (!(await this.confirm('Delete it now?', this.flags.yes))) return this.out.note('Nothing was deleted.');
      }

      const volume = await client.volumes.delete({volume: id});
      this.show(
        volume,
        () => `Deleted: ${name}`,
        () => volume.id,
      );
    });
  }
}
