import {boolean} from '@oclif/core/flags';
import {BaseCommand} from '../../src/cli/base-command.ts';
import {providerArg} from '../../src/cli/credentials/provider-arg.ts';

export default class CredentialsRemove extends BaseCommand<typeof CredentialsRemove> {
  static override summary = 'Forget the stored credentials of a provider, all versions';
  static override description =
    'The key stays valid at the provider: delete it there as well if it leaked. Refused while instances would be out of reach.';
  static override examples = [
    '<%= config.bin %> credentials remove scaleway',
    '<%= config.bin %> credentials remove scaleway --yes --json',
  ];
  static override args = {provider: providerArg};
  static override flags = {yes: boolean({char: 'y', description: 'do not ask'})};

  async run(): Promise<void> {
    const {provider} = this.args;
    this.out.note(`All stored versions of the ${provider} credentials will be erased here.`);
    if (!(await this.confirm('Remove them?', this.flags.yes))) return this.out.note('Nothing was removed.');
    const removed = await this.withClient(client => client.credentials.remove({provider}));
    this.show(
      removed,
      () =>
        `Removed: ${provider} credentials, ${removed.versions === 1 ? '1 version' : `${removed.versions} versions`}.`,
      () => String(removed.versions),
    );
  }
}
