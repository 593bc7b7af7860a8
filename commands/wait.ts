import {string} from '@oclif/core/args';
import {option} from '@oclif/core/flags';
import {BaseCommand} from '../src/cli/base-command.ts';
import {durationFlag} from '../src/cli/flags.ts';
import {reportWait} from '../src/cli/watch/report-wait.ts';
import {runWatch} from '../src/cli/watch/run-watch.ts';
import {parseDurationMs} from '../src/core/time.ts';

export default class Wait extends BaseCommand<typeof Wait> {
  static override summary = 'Wait until instances are ready (or gone); does no work itself';
  static override examples = [
    '<%= config.bin %> wait prod-1 prod-2 --timeout 10m',
    '<%= config.bin %> wait prod-1 --for terminated --json',
  ];
  static override args = {instances: string({required: true, multiple: true, description: 'ids or names'})};
  static override flags = {
    for: option({
      options: ['ready', 'terminated'] as const,
      default: 'ready' as const,
      description: 'what to wait for',
    })(),
    timeout: durationFlag('timeout', 'how long at most (default 30m); then it ends with 7'),
  };

  async run(): Promise<void> {
    const goal = this.flags.for;
    const config = await this.settings();
    await this.withClient(async client => {
      const details = await Promise.all(this.args.instances.map(instance => client.instances.show({instance})));
      const instances = details.map(detail => detail.instance);
      const result = await runWatch({
        instances,
        goal,
        timeoutMs: this.flags.timeout ?? parseDurationMs(config.waitTimeout, 'waitTimeout'),
        out: this.out,
        isInteractive: this.isInteractive,
        screenNow: () => this.screen(),
        open: signal =>
          client.instances.watch(
            {
              instances: instances.map(each => each.id),
              until: goal === 'ready' ? ['ready'] : ['terminated', 'archived'],
            },
            {signal},
          ),
      });
      process.exitCode = reportWait(result, goal, {out: this.out, screen: this.screen()});
    }, config);
  }
}
