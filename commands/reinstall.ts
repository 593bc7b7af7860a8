import {string} from '@oclif/core/args';
import {boolean} from '@oclif/core/flags';
import {BaseCommand} from '../src/cli/base-command.ts';
import {durationFlag} from '../src/cli/flags.ts';
import {reportWait} from '../src/cli/watch/report-wait.ts';
import {runWatch} from '../src/cli/watch/run-watch.ts';
import {canTransition} from '../src/core/instance/transition.ts';
import {parseDurationMs} from '../src/core/time.ts';
import {renderReinstall} from '../src/ui/views/reinstall-view.ts';

export default class Reinstall extends BaseCommand<typeof Reinstall> {
  static override summary = 'Set up the worker anew on its machine, and wait until it answers';
  static override description =
    'Lets running requests end, stops engine and agent, runs the installation again with the agent of this version, loads the model and tries it once. The machine, its address, its disk and its key stay. For workers that are ready, dead, or failed to start and were kept.';
  static override examples = [
    '<%= config.bin %> reinstall prod-1',
    {
      description: 'Do not wait for running requests, do not ask',
      command: '<%= config.bin %> reinstall prod-1 --now --yes',
    },
    {description: 'Ask for it and return at once', command: '<%= config.bin %> reinstall prod-1 --yes --detach --json'},
  ];
  static override args = {instance: string({required: true, description: 'id or name'})};
  static override flags = {
    now: boolean({description: 'cut running requests off instead of waiting for their end'}),
    yes: boolean({char: 'y', description: 'do not ask'}),
    detach: boolean({char: 'd', description: 'return at once; a running serve does the work'}),
    'wait-timeout': durationFlag('wait-timeout', 'how long to watch (default 30m); the work can be resumed after that'),
  };

  async run(): Promise<void> {
    const config = await this.settings();
    await this.withClient(async client => {
      const {instance, spec} = await client.instances.show({instance: this.args.instance});
      // Where it cannot be done nobody is asked: the call says why.
      if (canTransition(instance.state, 'installing')) {
        this.out.note(renderReinstall(instance, {now: this.flags.now, onFailure: spec.onFailure}));
        if (!(await this.confirm('Reinstall now?', this.flags.yes))) return this.out.note('Nothing was changed.');
      }

      const asked = await client.instances.reinstall({instance: instance.id, now: this.flags.now});
      if (this.flags.detach)
        return this.show(
          asked,
          () => `Reinstallation recorded. Follow it: inventiv up --resume ${asked.name}`,
          () => asked.name,
        );
      const result = await runWatch({
        instances: [asked],
        goal: 'reinstalled',
        timeoutMs: this.flags['wait-timeout'] ?? parseDurationMs(config.waitTimeout, 'waitTimeout'),
        out: this.out,
        isInteractive: this.isInteractive,
        screenNow: () => this.screen(),
        open: signal => client.instances.drive({instances: [asked.id]}, {signal}),
      });
      process.exitCode = reportWait(result, 'reinstalled', {out: this.out, screen: this.screen()});
    }, config);
  }
}
