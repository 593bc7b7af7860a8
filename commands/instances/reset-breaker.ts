import {string} from '@oclif/core/args';
import {BaseCommand} from '../../src/cli/base-command.ts';

export default class InstancesResetBreaker extends BaseCommand<typeof InstancesResetBreaker> {
  static override summary = 'Have an instance looked after again that was left alone after too many failures';
  static override examples = [
    '<%= config.bin %> instances reset-breaker prod-1',
    '<%= config.bin %> instances reset-breaker prod-1 --json',
  ];
  static override args = {instance: string({required: true, description: 'id or name'})};

  async run(): Promise<void> {
    const instance = await this.withClient(client => client.instances.resetBreaker({instance: this.args.instance}));
    this.show(
      instance,
      () => `${instance.name} is looked after again: checked and, where that is wanted, repaired`,
      () => instance.name,
    );
  }
}
