import {string} from '@oclif/core/args';
import {BaseCommand} from '../../src/cli/base-command.ts';
import {renderActions} from '../../src/ui/views/actions-view.ts';

export default class InstancesActions extends BaseCommand<typeof InstancesActions> {
  static override summary = 'List everything that was done to an instance, with durations and errors';
  static override examples = [
    '<%= config.bin %> instances actions prod-1',
    '<%= config.bin %> instances actions prod-1 --json',
  ];
  static override args = {instance: string({required: true, description: 'id or name'})};

  async run(): Promise<void> {
    const actions = await this.withClient(client => client.instances.actions({instance: this.args.instance}));
    this.show(
      actions,
      screen => renderActions(actions, screen),
      () => actions.map(each => `${each.type} ${each.status}`).join('\n'),
    );
  }
}
