import {string} from '@oclif/core/args';
import {BaseCommand} from '../../src/cli/base-command.ts';
import {adminPortFlag} from '../../src/cli/flags.ts';
import {renderRequest} from '../../src/ui/views/requests-view.ts';

export default class RequestsShow extends BaseCommand<typeof RequestsShow> {
  static override summary = 'Show one request: its attempts, timings, tokens and end';
  static override examples = [
    '<%= config.bin %> requests show req_01hzyg3k9c2v5w8x1b4n7q0rst',
    {
      description: 'By the x-request-id of the answer',
      command: '<%= config.bin %> requests show my-own-id-17 --json',
    },
  ];
  static override args = {request: string({required: true, description: 'id of the usage record, or x-request-id'})};
  static override flags = {'admin-port': adminPortFlag};

  async run(): Promise<void> {
    const asked = {request: this.args.request, adminPort: this.flags['admin-port']};
    const request = await this.withClient(client => client.requests.show(asked));
    this.show(
      request,
      screen => renderRequest(request, screen),
      () => String(request.status ?? 'running'),
    );
  }
}
