import {string} from '@oclif/core/args';
import {BaseCommand} from '../src/cli/base-command.ts';
import {renderInstanceDetail} from '../src/ui/views/instance-detail.ts';

export default class Show extends BaseCommand<typeof Show> {
  static override summary = 'Show one instance: state, timeline, resources, endpoint, cost';
  static override examples = ['<%= config.bin %> show prod-1', '<%= config.bin %> show prod-1 --json'];
  static override args = {instance: string({required: true, description: 'id or name'})};

  async run(): Promise<void> {
    const detail = await this.withClient(client => client.instances.show({instance: this.args.instance}));
    this.show(
      detail,
      screen => renderInstanceDetail(detail, screen),
      () => detail.instance.state,
    );
  }
}
