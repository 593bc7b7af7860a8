import {string} from '@oclif/core/args';
import {boolean} from '@oclif/core/flags';
import {BaseCommand} from '../../src/cli/base-command.ts';

export default class HostsRemove extends BaseCommand<typeof HostsRemove> {
  static override summary = 'Forget a machine; nothing on it is changed';
  static override description =
    'One that an instance uses is refused: take that down first, which cleans the machine up. --force is for a machine that is gone for good.';
  static override examples = [
    '<%= config.bin %> hosts remove gpu-1',
    {
      description: 'Its machine does not exist any more',
      command: '<%= config.bin %> hosts remove gpu-1 --force --yes --json',
    },
  ];
  static override args = {host: string({required: true, description: 'name or id'})};
  static override flags = {
    force: boolean({description: 'also when an instance uses it: what is installed there stays there'}),
    yes: boolean({char: 'y', description: 'do not ask'}),
  };

  async run(): Promise<void> {
    const {force, yes} = this.flags;
    await this.withClient(async client => {
      const question = `Forget the host "${this.args.host}"${force ? ', and leave there what is installed' : ''}?`;
      if (!(await this.confirm(question, yes))) return this.out.note('Nothing was changed.');
      const removed = await client.hosts.remove({host: this.args.host, force});
      this.show(
        removed,
        () => `Forgotten: ${removed.name}`,
        () => removed.name,
      );
    });
  }
}
