import {boolean, option} from '@oclif/core/flags';
import {BaseCommand} from '../../src/cli/base-command.ts';
import {columnsFlag} from '../../src/cli/flags.ts';
import {instanceStates} from '../../src/core/instance/state.ts';
import {instanceColumnKeys, renderInstances} from '../../src/ui/views/instances-table.ts';

export default class InstancesList extends BaseCommand<typeof InstancesList> {
  static override summary = 'List instances, with filters';
  static override examples = [
    '<%= config.bin %> instances list --state ready --state worker_dead',
    '<%= config.bin %> instances list --all --archived --json',
  ];
  static override flags = {
    all: boolean({char: 'a', description: 'terminated ones too'}),
    archived: boolean({description: 'archived ones too'}),
    state: option({options: instanceStates, multiple: true, description: 'only in this state; may be repeated'})(),
    columns: columnsFlag(instanceColumnKeys),
  };

  async run(): Promise<void> {
    const {all, archived, state} = this.flags;
    const instances = await this.withClient(client =>
      client.instances.list({
        includeGone: all || archived,
        includeArchived: archived,
        ...(state === undefined ? {} : {states: state}),
      }),
    );
    this.show(
      instances,
      screen => renderInstances(instances, screen, this.flags.columns),
      () => instances.map(each => each.name).join('\n'),
    );
  }
}
