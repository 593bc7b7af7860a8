import {string} from '@oclif/core/args';
import {BaseCommand} from '../../src/cli/base-command.ts';
import {renderHistory} from '../../src/ui/views/actions-view.ts';

export default class InstancesHistory extends BaseCommand<typeof InstancesHistory> {
  static override summary = 'List the state changes of an instance, with reasons';
  static override examples = [
    '<%= config.bin %> instances history prod-1',
    '<%= config.bin %> instances history prod-1 --json',
  ];
  static override args = {instance: string({required: true, description: 'id or name'})};

  async run(): Promise<void> {
    const changes = await this.withClient(client => client.instances.history({instance: this.args.instance}));
    this.show(
      changes,
      screen => renderHistory(changes, screen),
      () => changes.map(each => each.to).join('\n'),
    );
  }
}
