import {boolean, integer, string} from '@oclif/core/flags';
import {BaseCommand} from '../src/cli/base-command.ts';
import {durationFlag} from '../src/cli/flags.ts';
import {interruptible} from '../src/cli/interrupt.ts';
import {loadComposition} from '../src/cli/open-app.ts';
import {jsonLogLine, type LogEntry, plainLogLine} from '../src/ui/log-line.ts';
import {renderServePanel} from '../src/ui/views/serve-panel.ts';

export default class Serve extends BaseCommand<typeof Serve> {
  static override summary = 'Serve the OpenAI API in front of the ready instances, and keep the fleet moving';
  static override description =
    'Proxies /v1 to the workers, records usage per key, streams events, and drives, checks and ends instances in the background. Logs go to stderr: plain on a terminal, JSON lines otherwise.';
  static override examples = [
    '<%= config.bin %> serve',
    '<%= config.bin %> serve --host 0.0.0.0 --port 8080',
    {description: 'On four cores', command: '<%= config.bin %> serve --workers 3'},
    {
      description: 'Free ports, told as JSON on stdout',
      command: '<%= config.bin %> serve --port 0 --admin-port 0 --json',
    },
  ];
  static override flags = {
    host: string({description: 'address to listen on (default 127.0.0.1)'}),
    port: integer({
      description: 'port of the OpenAI API and the event feed (default 4141; 0: any free one)',
      min: 0,
      max: 65_535,
    }),
    'admin-port': integer({
      description: 'port of /metrics, on loopback only (default 4142; 0: any free one)',
      min: 0,
      max: 65_535,
    }),
    workers: integer({
      description: 'processes that proxy, beside one that keeps the store and the loops (default 0: one does all)',
      min: 0,
      max: 64,
    }),
    'access-log': boolean({description: 'log a line per request: who, what, where, how long; never what was said'}),
    'drain-timeout': durationFlag('drain-timeout', 'how long running requests may go on after a stop (default 30s)'),
  };

  async run(): Promise<void> {
    const options = await this.openOptions();
    const {serve} = options.config;
    const {openApp, openServer} = await loadComposition();
    await interruptible(async signal => {
      await using app = await openApp(options);
      const server = await openServer(app, {
        host: this.flags.host ?? serve.host,
        port: this.flags.port ?? serve.port,
        adminPort: this.flags['admin-port'] ?? serve.adminPort,
        version: this.config.version,
        installation: options,
        stateDir: options.config.paths.stateDir,
        workers: this.flags.workers,
        accessLog: this.flags['access-log'],
        drainTimeoutMs: this.flags['drain-timeout'],
        writeLog: entry => this.#writeLog(entry),
      });
      const facts = {openaiUrl: `${server.url}/v1`, adminUrl: server.adminUrl};
      this.show(
        facts,
        screen => renderServePanel(facts, screen),
        () => facts.openaiUrl,
      );
      await aborted(signal);
      await server.close();
    });
  }

  #writeLog(entry: LogEntry): void {
    const plain = process.stderr.isTTY && !this.out.mode.json;
    process.stderr.write(`${plain ? plainLogLine(entry, this.noteScreen()) : jsonLogLine(entry)}\n`);
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  const {promise, resolve} = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => resolve(), {once: true});
  if (!signal.aborted) await promise;
}
