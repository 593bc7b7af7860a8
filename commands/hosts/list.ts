import {BaseCommand} from '../../src/cli/base-command.ts';
import {columnsFlag} from '../../src/cli/flags.ts';
import {hostColumnKeys, renderHosts} from '../../src/ui/views/hosts-view.ts';

export default class HostsList extends BaseCommand<typeof HostsList> {
  static override summary = 'List the machines you have added, with their GPUs and who uses them';
  static override examples = ['<%= config.bin %> hosts list', '<%= config.bin %> hosts list --json'];
  static override flags = {columns: columnsFlag(hostColumnKeys)};

  async run(): Promise<void> {
    const hosts = await this.withClient(client => client.hosts.list({}));
    this.show(
      hosts,
      screen => renderHosts(hosts, screen, this.flags.columns),
      () => hosts.map(host => host.name).join('\n'),
    );
  }
}
