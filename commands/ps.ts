import {boolean} from '@oclif/core/flags';
import {BaseCommand} from '../src/cli/base-command.ts';
import {columnsFlag} from '../src/cli/flags.ts';
import {warnUnenforced} from '../src/cli/limits-note.ts';
import {instanceColumnKeys, renderInstances} from '../src/ui/views/instances-table.ts';

export default class Ps extends BaseCommand<typeof Ps> {
  static override summary = 'List the instances that exist, with state and cost';
  static override examples = [
    '<%= config.bin %> ps',
    '<%= config.bin %> ps --all --columns name,state,cost,id',
    {description: 'Names of all, for a script', command: '<%= config.bin %> ps --quiet'},
  ];
  static override flags = {
    all: boolean({char: 'a', description: 'terminated ones too'}),
    columns: columnsFlag(instanceColumnKeys),
  };

  async run(): Promise<void> {
    await this.withClient(async client => {
      const instances = await client.instances.list({includeGone: this.flags.all});
      this.show(
        instances,
        screen => renderInstances(instances, screen, this.flags.columns),
        () => instances.map(each => each.name).join('\n'),
      );
      if (instances.some(({limits}) => limits?.timeLeftMs != null))
        await warnUnenforced(client, this.out, this.noteScreen());
    });
  }
}
