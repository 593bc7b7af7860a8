import {string} from '@oclif/core/args';
import {boolean} from '@oclif/core/flags';
import {BaseCommand} from '../../src/cli/base-command.ts';

export default class VolumesRelease extends BaseCommand<typeof VolumesRelease> {
  static override summary = 'Let a kept volume go with its instance again';
  static override description =
    'When its instance is gone already, the next reconciliation (of a running serve, or "reconcile volumes") deletes it.';
  static override examples = [
    '<%= config.bin %> volumes release inventiv-prod-1-4n8rk2x7qa-volume',
    '<%= config.bin %> volumes release res_01hzyg3k9c2v5w8x1b4n7q0rst --yes --json',
  ];
  static override args = {volume: string({required: true, description: 'id, id at the provider, or name'})};
  static override flags = {yes: boolean({char: 'y', description: 'do not ask'})};

  async run(): Promise<void> {
    await this.withClient(async client => {
      const {id, name, instance} = await client.volumes.show({volume: this.args.volume});
      const isAlone = instance.state === 'terminated' || instance.state === 'archived';
      if (isAlone) {
        this.out.note(`"${instance.name}" is gone: the next reconciliation deletes ${name} with everything on it.`);
        if (!(await this.confirm('Release it?', this.flags.yes))) return this.out.note('Nothing was changed.');
      }

      const volume = await client.volumes.release({volume: id});
      this.show(
        volume,
        () => (isAlone ? `Released: ${name}` : `Released: ${name} goes with "${instance.name}"`),
        () => volume.id,
      );
    });
  }
}
