import {string} from '@oclif/core/args';
import {boolean, integer, option, string as text} from '@oclif/core/flags';
import type {LogLineView} from '../src/cli/api-client.ts';
import {BaseCommand} from '../src/cli/base-command.ts';
import {printStream} from '../src/cli/print-stream.ts';
import {sinceOf} from '../src/cli/since.ts';
import {errorCatalogue} from '../src/core/errors.ts';
import {renderLogLine} from '../src/ui/views/lines.ts';

export default class Logs extends BaseCommand<typeof Logs> {
  static override summary = 'Print the logs of an instance: what was done, the installation, the agent, the engine';
  static override examples = [
    '<%= config.bin %> logs prod-1',
    '<%= config.bin %> logs prod-1 --vllm --tail 50 --follow',
    '<%= config.bin %> logs prod-1 --bootstrap --json',
  ];
  static override args = {instance: string({required: true, description: 'id or name'})};
  static override flags = {
    source: option({
      char: 's',
      options: ['actions', 'bootstrap', 'agent', 'engine'] as const,
      default: 'actions' as const,
      description: 'whose log',
    })(),
    worker: boolean({description: 'the log of the agent (--source agent)', exclusive: ['source', 'bootstrap', 'vllm']}),
    bootstrap: boolean({description: 'what the installation printed', exclusive: ['source', 'worker', 'vllm']}),
    vllm: boolean({
      description: 'the log of the engine (--source engine)',
      exclusive: ['source', 'worker', 'bootstrap'],
    }),
    tail: integer({char: 'n', min: 1, max: 10_000, default: 200, description: 'how many lines of the past'}),
    since: text({description: 'nothing older: an ISO 8601 time, or how long ago (10m, 2h, 1d)'}),
    follow: boolean({char: 'f', description: 'go on until Ctrl-C'}),
  };

  async run(): Promise<void> {
    const {tail, follow} = this.flags;
    const source = this.#source();
    const since = sinceOf(this.flags.since, Date.now());
    const request = {instance: this.args.instance, source, tailLines: tail, follow, ...(since !== null && {since})};
    await this.withClient(async client => {
      const levels = new Set<LogLineView['level']>();
      const exitCode = await printStream(
        signal => client.instances.logs(request, {signal}),
        line => {
          levels.add(line.level);
          this.#print(line);
        },
      );
      // Warnings are not of the log: they say that it cannot be read.
      const isUnread = levels.size === 1 && levels.has('warning');
      process.exitCode = isUnread && !follow && exitCode === 0 ? errorCatalogue.upstream_broken.exit : exitCode;
    });
  }

  #source(): 'actions' | 'bootstrap' | 'agent' | 'engine' {
    const {source, worker, bootstrap, vllm} = this.flags;
    return worker ? 'agent' : bootstrap ? 'bootstrap' : vllm ? 'engine' : source;
  }

  #print(line: LogLineView): void {
    const name = this.args.instance;
    if (this.out.mode.json) this.out.jsonLine(line);
    else if (line.level !== 'warning') this.out.text(renderLogLine(line, this.screen()));
    else
      this.caution({
        message: line.text,
        hint: `Look at its state: inventiv show ${name}. What the installation printed: inventiv logs ${name} --bootstrap`,
      });
  }
}
