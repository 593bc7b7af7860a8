import {BaseCommand} from '../../src/cli/base-command.ts';
import {renderCredentials} from '../../src/ui/views/credentials-view.ts';

export default class CredentialsList extends BaseCommand<typeof CredentialsList> {
  static override summary =
    'Show which credentials each provider is called with, and the versions kept; never a secret';
  static override examples = ['<%= config.bin %> credentials list', '<%= config.bin %> credentials list --json'];

  async run(): Promise<void> {
    const states = await this.withClient(client => client.credentials.list({}));
    this.show(
      states,
      screen => renderCredentials(states, screen),
      () => states.map(({provider, inUse}) => `${provider} ${inUse?.source ?? 'none'}`).join('\n'),
    );
  }
}
