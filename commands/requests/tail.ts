import {boolean, integer} from '@oclif/core/flags';
import {BaseCommand} from '../../src/cli/base-command.ts';
import {adminPortFlag, columnsFlag} from '../../src/cli/flags.ts';
import {renderRequests, requestColumnKeys} from '../../src/ui/views/requests-view.ts';

export default class RequestsTail extends BaseCommand<typeof RequestsTail> {
  static override summary =
    'Print the last requests of the running server: when, which model and worker, how they went';
  static override description =
    'The server remembers the last 2,000 requests of each of its processes, never what was said in them.';
  static override examples = [
    '<%= config.bin %> requests tail --limit 20',
    {description: 'Only what failed, as JSON', command: '<%= config.bin %> requests tail --failed --json'},
  ];
  static override flags = {
    limit: integer({char: 'n', min: 1, max: 1000, default: 20, description: 'how many'}),
    failed: boolean({description: 'only those that ended with a status of 400 or more'}),
    columns: columnsFlag(requestColumnKeys),
    'admin-port': adminPortFlag,
  };

  async run(): Promise<void> {
    const {limit, failed, columns, 'admin-port': adminPort} = this.flags;
    const all = await this.withClient(client => client.requests.list({limit, adminPort}));
    const wanted = failed ? all.filter(({status}) => status !== null && status >= 400) : all;
    const requests = wanted.toReversed();
    this.show(
      requests,
      screen => renderRequests(requests, screen, columns),
      () => requests.map(({requestId}) => requestId).join('\n'),
    );
  }
}
