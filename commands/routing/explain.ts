import {string} from '@oclif/core/args';
import {BaseCommand} from '../../src/cli/base-command.ts';
import {adminPortFlag} from '../../src/cli/flags.ts';
import {renderRouting} from '../../src/ui/views/routing-view.ts';

export default class RoutingExplain extends BaseCommand<typeof RoutingExplain> {
  static override summary = 'Say why a request went to its worker: the candidates, their loads, the choice';
  static override examples = [
    '<%= config.bin %> routing explain req_01hzyg3k9c2v5w8x1b4n7q0rst',
    '<%= config.bin %> routing explain my-own-id-17 --json',
  ];
  static override args = {request: string({required: true, description: 'id of the usage record, or x-request-id'})};
  static override flags = {'admin-port': adminPortFlag};

  async run(): Promise<void> {
    const asked = {request: this.args.request, adminPort: this.flags['admin-port']};
    const {requestId, clientRequestId, model, attempts, stopped} = await this.withClient(client =>
      client.requests.show(asked),
    );
    const routing = {requestId, clientRequestId, model, attempts, stopped};
    this.show(
      routing,
      screen => renderRouting(routing, screen),
      () => attempts.map(({chosen}) => chosen).join('\n'),
    );
  }
}
