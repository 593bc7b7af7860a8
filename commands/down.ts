import {string} from '@oclif/core/args';
import {boolean} from '@oclif/core/flags';
import type {ApiClient, InstanceView} from '../src/cli/api-client.ts';
import {BaseCommand} from '../src/cli/base-command.ts';
import {durationFlag} from '../src/cli/flags.ts';
import {reportWait} from '../src/cli/watch/report-wait.ts';
import {runWatch} from '../src/cli/watch/run-watch.ts';
import {InventivError} from '../src/core/errors.ts';
import {parseDurationMs} from '../src/core/time.ts';
import {renderTeardown} from '../src/ui/views/teardown-view.ts';

export default class Down extends BaseCommand<typeof Down> {
  static override summary = 'Delete instances with everything that belongs to them';
  static override description =
    'Shows what goes and what it saves, asks, then deletes server, disk, address and firewall rules and waits until the provider confirms that nothing is left.';
  static override examples = [
    '<%= config.bin %> down prod-1',
    {description: 'Everything, without a question', command: '<%= config.bin %> down --all --yes'},
    {description: 'Ask for it and return at once', command: '<%= config.bin %> down prod-1 --yes --detach'},
  ];
  static override args = {instances: string({required: false, multiple: true, description: 'ids or names'})};
  static override flags = {
    all: boolean({description: 'every instance that is not gone'}),
    yes: boolean({char: 'y', description: 'do not ask'}),
    detach: boolean({char: 'd', description: 'return at once; a running serve deletes'}),
    'wait-timeout': durationFlag('wait-timeout', 'how long to watch (default 30m)'),
  };

  async run(): Promise<void> {
    const config = await this.settings();
    await this.withClient(async client => {
      const instances = await this.#chosen(client);
      if (instances.length === 0)
        return this.show(
          [],
          () => 'Nothing to delete.',
          () => '',
        );
      this.out.note(renderTeardown(instances, this.noteScreen()));
      if (!(await this.confirm('Delete now?', this.flags.yes))) return this.out.note('Nothing was deleted.');
      const terminating = await client.instances.terminate({instances: instances.map(each => each.id)});
      if (this.flags.detach)
        return this.show(
          terminating,
          () => `Deletion recorded: ${namesOf(terminating)}`,
          () => namesOf(terminating),
        );
      const result = await runWatch({
        instances: terminating,
        goal: 'terminated',
        timeoutMs: this.flags['wait-timeout'] ?? parseDurationMs(config.waitTimeout, 'waitTimeout'),
        out: this.out,
        isInteractive: this.isInteractive,
        screenNow: () => this.screen(),
        open: signal => client.instances.drive({instances: terminating.map(each => each.id)}, {signal}),
      });
      process.exitCode = reportWait(result, 'terminated', {out: this.out, screen: this.screen()});
    }, config);
  }

  async #chosen(client: ApiClient): Promise<InstanceView[]> {
    const names = this.args.instances ?? [];
    const all = this.flags.all === true;
    if (all === names.length > 0) {
      throw new InventivError(
        'invalid_input',
        this.flags.all ? 'expected names or --all, got both' : 'expected the instances to delete, got none',
        {
          hint: 'inventiv down NAME, or inventiv down --all. See what exists: inventiv ps',
        },
      );
    }

    if (all) return await client.instances.list({});
    return await Promise.all(names.map(async instance => (await client.instances.show({instance})).instance));
  }
}

function namesOf(instances: readonly InstanceView[]): string {
  return instances.map(each => each.name).join(' ');
}
