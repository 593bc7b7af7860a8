import {string} from '@oclif/core/args';
import {BaseCommand} from '../../src/cli/base-command.ts';

export default class InstancesDrain extends BaseCommand<typeof InstancesDrain> {
  static override summary = 'Send no new requests to an instance; running ones finish';
  static override examples = [
    '<%= config.bin %> instances drain prod-1',
    '<%= config.bin %> instances drain prod-1 --json',
  ];
  static override args = {instance: string({required: true, description: 'id or name'})};

  async run(): Promise<void> {
    const instance = await this.withClient(client => client.instances.drain({instance: this.args.instance}));
    this.show(
      instance,
      () => `${instance.name} is ${instance.state}: it gets no new requests. Delete it: inventiv down ${instance.name}`,
      () => instance.state,
    );
  }
}
