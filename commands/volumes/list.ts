import {boolean, string} from '@oclif/core/flags';
import {BaseCommand} from '../../src/cli/base-command.ts';
import {columnsFlag} from '../../src/cli/flags.ts';
import {renderVolumes, volumeColumnKeys} from '../../src/ui/views/volumes-view.ts';

export default class VolumesList extends BaseCommand<typeof VolumesList> {
  static override summary = 'List volumes with what they cost';
  static override examples = [
    '<%= config.bin %> volumes list',
    {description: 'What outlived its instance, and costs', command: '<%= config.bin %> volumes list --kept'},
    '<%= config.bin %> volumes list --instance prod-1 --all --json',
  ];
  static override flags = {
    all: boolean({char: 'a', description: 'deleted ones too'}),
    kept: boolean({description: 'only those that survive their instance'}),
    instance: string({char: 'i', description: 'only of this instance'}),
    columns: columnsFlag(volumeColumnKeys),
  };

  async run(): Promise<void> {
    const {all, kept, instance} = this.flags;
    const found = await this.withClient(client =>
      client.volumes.list({includeDeleted: all, ...(instance === undefined ? {} : {instance})}),
    );
    const volumes = kept ? found.filter(volume => volume.kept) : found;
    this.show(
      volumes,
      screen => renderVolumes(volumes, screen, this.flags.columns),
      () => volumes.map(each => each.id).join('\n'),
    );
  }
}
