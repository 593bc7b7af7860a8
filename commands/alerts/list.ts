import {boolean, integer} from '@oclif/core/flags';
import {BaseCommand} from '../../src/cli/base-command.ts';
import {columnsFlag} from '../../src/cli/flags.ts';
import {alertColumnKeys, renderAlerts} from '../../src/ui/views/alerts-view.ts';

export default class AlertsList extends BaseCommand<typeof AlertsList> {
  static override summary = 'List troubles that last: dead, stuck or wedged workers, leaks, limits that are near';
  static override examples = [
    '<%= config.bin %> alerts list',
    {description: 'What is over too, as JSON', command: '<%= config.bin %> alerts list --all --json'},
  ];
  static override flags = {
    all: boolean({char: 'a', description: 'resolved ones too'}),
    limit: integer({description: 'most alerts to list', min: 1, max: 1000, default: 100}),
    columns: columnsFlag(alertColumnKeys),
  };

  async run(): Promise<void> {
    const {all, limit, columns} = this.flags;
    const alerts = await this.withClient(client => client.alerts.list({includeResolved: all, limit}));
    this.show(
      alerts,
      screen => renderAlerts(alerts, screen, columns),
      () => alerts.map(each => each.id).join('\n'),
    );
  }
}
