import {string} from '@oclif/core/args';
import {BaseCommand} from '../../src/cli/base-command.ts';

export default class InstancesArchive extends BaseCommand<typeof InstancesArchive> {
  static override summary = 'Take terminated instances out of the lists; their records stay';
  static override examples = [
    '<%= config.bin %> instances archive prod-1',
    '<%= config.bin %> instances archive prod-1 prod-2 --json',
  ];
  static override args = {instances: string({required: true, multiple: true, description: 'ids or names'})};

  async run(): Promise<void> {
    const archived = await this.withClient(client => client.instances.archive({instances: this.args.instances}));
    const names = archived.map(each => each.name);
    this.show(
      archived,
      () => `Archived: ${names.join(', ')}`,
      () => names.join('\n'),
    );
  }
}
