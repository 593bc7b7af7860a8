import {string} from '@oclif/core/args';
import {BaseCommand} from '../../src/cli/base-command.ts';

export default class AlertsAcknowledge extends BaseCommand<typeof AlertsAcknowledge> {
  static override summary = 'Say that somebody looks after an alert; it stays until the trouble is over';
  static override examples = [
    '<%= config.bin %> alerts acknowledge alt_01hzyg3k9c2v5w8x1b4n7q0rst',
    '<%= config.bin %> alerts acknowledge alt_01hzyg3k9c2v5w8x1b4n7q0rst --json',
  ];
  static override args = {alert: string({required: true, description: 'id'})};

  async run(): Promise<void> {
    const alert = await this.withClient(client => client.alerts.acknowledge({alert: this.args.alert}));
    this.show(
      alert,
      () => `Acknowledged by ${alert.acknowledgedBy}: ${alert.message}`,
      () => alert.id,
    );
  }
}
