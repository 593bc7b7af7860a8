import {string} from '@oclif/core/args';
import {integer} from '@oclif/core/flags';
import {BaseCommand} from '../../src/cli/base-command.ts';
import {columnsFlag} from '../../src/cli/flags.ts';
import {commandColumnKeys, renderCommands} from '../../src/ui/views/commands-view.ts';

export default class InstancesCommands extends BaseCommand<typeof InstancesCommands> {
  static override summary = 'List the commands that were sent to the worker of an instance, with their answers';
  static override examples = [
    '<%= config.bin %> instances commands prod-1',
    {
      description: 'The logs that were collected last',
      command: '<%= config.bin %> instances commands prod-1 --limit 1 --json',
    },
  ];
  static override args = {instance: string({required: true, description: 'id or name'})};
  static override flags = {
    limit: integer({description: 'most commands to list', min: 1, max: 1000, default: 20}),
    columns: columnsFlag(commandColumnKeys),
  };

  async run(): Promise<void> {
    const {limit, columns} = this.flags;
    const commands = await this.withClient(client => client.instances.commands({instance: this.args.instance, limit}));
    this.show(
      commands,
      screen => renderCommands(commands, screen, columns),
      () => commands.map(each => `${each.id} ${each.status}`).join('\n'),
    );
  }
}
