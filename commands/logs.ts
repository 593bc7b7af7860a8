import {string} from '@oclif/core/args';
import {boolean, integer, option} from '@oclif/core/flags';
import {BaseCommand} from '../src/cli/base-command.ts';
import {printStream} from '../src/cli/print-stream.ts';
import {renderLogLine} from '../src/ui/views/lines.ts';

export default class Logs extends BaseCommand<typeof Logs> {
  static override summary = 'Print the logs of an instance: what was done, the installation, the agent, the engine';
  static override examples = [
    '<%= config.bin %> logs prod-1',
    '<%= config.bin %> logs prod-1 --source engine --tail 50 --follow',
    '<%= config.bin %> logs prod-1 --source bootstrap --json',
  ];
  static override args = {instance: string({required: true, description: 'id or name'})};
  static override flags = {
    source: option({
      char: 's',
      options: ['actions', 'bootstrap', 'agent', 'engine'] as const,
      default: 'actions' as const,
      description: 'whose log',
    })(),
    tail: integer({char: 'n', min: 1, max: 10_000, default: 200, description: 'how many lines of the past'}),
    follow: boolean({char: 'f', description: 'go on until Ctrl-C'}),
  };

  async run(): Promise<void> {
    const {source, tail, follow} = this.flags;
    await this.withClient(async client => {
      process.exitCode = await printStream(
        signal => client.instances.logs({instance: this.args.instance, source, tailLines: tail, follow}, {signal}),
        line => (this.out.mode.json ? this.out.jsonLine(line) : this.out.text(renderLogLine(line, this.screen()))),
      );
    });
  }
}
