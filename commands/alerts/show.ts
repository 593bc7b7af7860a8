import {string} from '@oclif/core/args';
import {BaseCommand} from '../../src/cli/base-command.ts';
import {renderAlert} from '../../src/ui/views/alerts-view.ts';

export default class AlertsShow extends BaseCommand<typeof AlertsShow> {
  static override summary = 'Show one alert: what is wrong, since when, what to do';
  static override examples = [
    '<%= config.bin %> alerts show alt_01hzyg3k9c2v5w8x1b4n7q0rst',
    '<%= config.bin %> alerts show alt_01hzyg3k9c2v5w8x1b4n7q0rst --json',
  ];
  static override args = {alert: string({required: true, description: 'id'})};

  async run(): Promise<void> {
    const alert = await this.withClient(client => client.alerts.show({alert: this.args.alert}));
    this.show(
      alert,
      screen => renderAlert(alert, screen),
      () => alert.message,
    );
  }
}
