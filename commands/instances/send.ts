import {string} from '@oclif/core/args';
import {integer} from '@oclif/core/flags';
import {BaseCommand} from '../../src/cli/base-command.ts';

const types = {drain: 'drain', 'rotate-token': 'rotate_token', 'collect-logs': 'collect_logs'} as const;

export default class InstancesSend extends BaseCommand<typeof InstancesSend> {
  static override summary = 'Send a command to the worker of an instance, with the reply to its next heartbeat';
  static override description =
    'drain: its agent says that it is not ready any more; rotate-token: it gets a new token for its heartbeats; collect-logs: the ends of its logs are brought here. See the answers with "instances commands".';
  static override examples = [
    '<%= config.bin %> instances send prod-1 collect-logs --tail 500',
    '<%= config.bin %> instances send prod-1 rotate-token',
  ];
  static override args = {
    instance: string({required: true, description: 'id or name'}),
    command: string({required: true, description: 'what to do', options: Object.keys(types)}),
  };
  static override flags = {
    tail: integer({description: 'lines per log that collect-logs brings', min: 1, max: 1000, default: 200}),
  };

  async run(): Promise<void> {
    const {instance} = this.args;
    const type = types[this.args.command as keyof typeof types];
    const sent = await this.withClient(client =>
      client.instances.sendCommand({instance, type, tailLines: this.flags.tail}),
    );
    this.show(
      sent,
      () => `Queued for the next heartbeat of ${instance}. Its answer:  inventiv instances commands ${instance}`,
      () => sent.id,
    );
  }
}
