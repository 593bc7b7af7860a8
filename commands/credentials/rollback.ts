import {integer} from '@oclif/core/flags';
import {BaseCommand} from '../../src/cli/base-command.ts';
import {providerArg} from '../../src/cli/credentials/provider-arg.ts';
import {renderCredentialsChange} from '../../src/ui/views/credentials-view.ts';

export default class CredentialsRollback extends BaseCommand<typeof CredentialsRollback> {
  static override summary = 'Put an earlier version of the stored credentials back in use';
  static override description =
    'Without --to, the version that was in use before the present one; doing it twice changes nothing.';
  static override examples = [
    '<%= config.bin %> credentials rollback scaleway',
    '<%= config.bin %> credentials rollback scaleway --to 2 --json',
  ];
  static override args = {provider: providerArg};
  static override flags = {to: integer({min: 1, description: 'the version to use (see "credentials list")'})};

  async run(): Promise<void> {
    const {provider} = this.args;
    const {to} = this.flags;
    const stored = await this.withClient(client =>
      client.credentials.rollback({provider, ...(to === undefined ? {} : {version: to})}),
    );
    this.show(
      stored,
      () => renderCredentialsChange('Rolled back', stored),
      () => String(stored.version),
    );
  }
}
