import {boolean, integer} from '@oclif/core/flags';
import type {RequestView} from '../../src/cli/api-client.ts';
import {BaseCommand} from '../../src/cli/base-command.ts';
import {adminPortFlag, columnsFlag} from '../../src/cli/flags.ts';
import {printStream} from '../../src/cli/print-stream.ts';
import type {Warning} from '../../src/cli/report-error.ts';
import {renderRequestLine, renderRequests, requestColumnKeys} from '../../src/ui/views/requests-view.ts';

export default class RequestsTail extends BaseCommand<typeof RequestsTail> {
  static override summary =
    'Print the last requests of the running server, and with --follow each as it ends: when, which worker, how it went';
  static override description =
    'The server remembers the last 2,000 requests of each of its processes, never what was said in them.';
  static override examples = [
    '<%= config.bin %> requests tail --limit 20',
    {description: 'Only what failed, as JSON', command: '<%= config.bin %> requests tail --failed --json'},
    {
      description: 'Each as it ends, until Ctrl-C or until the server stops; with --json, a line each',
      command: '<%= config.bin %> requests tail --follow',
    },
  ];
  static override flags = {
    limit: integer({char: 'n', min: 1, max: 1000, default: 20, description: 'how many of the past'}),
    follow: boolean({char: 'f', description: 'go on until Ctrl-C: each request as it ends', exclusive: ['columns']}),
    failed: boolean({description: 'only those that ended with a status of 400 or more'}),
    columns: columnsFlag(requestColumnKeys),
    'admin-port': adminPortFlag,
  };

  async run(): Promise<void> {
    if (this.flags.follow) await this.#follow();
    else await this.#list();
  }

  async #list(): Promise<void> {
    const {limit, columns, 'admin-port': adminPort} = this.flags;
    const all = await this.withClient(client => client.requests.list({limit, adminPort}));
    const requests = all.filter(request => this.#isWanted(request)).toReversed();
    this.show(
      requests,
      screen => renderRequests(requests, screen, columns),
      () => requests.map(({requestId}) => requestId).join('\n'),
    );
  }

  async #follow(): Promise<void> {
    const {limit, 'admin-port': adminPort} = this.flags;
    await this.withClient(async client => {
      process.exitCode = await printStream(
        signal => client.requests.follow({limit, adminPort}, {signal}),
        ({request, missedBefore}) => {
          if (missedBefore > 0) this.caution(missed(missedBefore));
          if (this.#isWanted(request)) this.#print(request);
        },
      );
      if (process.exitCode === 0) this.caution(serverGone);
    });
  }

  #isWanted({status}: RequestView): boolean {
    return !this.flags.failed || (status !== null && status >= 400);
  }

  #print(request: RequestView): void {
    const {json, quiet} = this.out.mode;
    if (json) this.out.jsonLine(request);
    else this.out.text(quiet ? request.requestId : renderRequestLine(request, this.screen()));
  }
}

function missed(count: number): Warning {
  return {
    message: `Up to ${count} requests ended too fast to be shown.`,
    hint: 'All are on the ledger: inventiv usage report',
  };
}

const serverGone: Warning = {
  message: 'The server stopped, or answers no more.',
  hint: 'When it runs again: inventiv requests tail --follow',
};
