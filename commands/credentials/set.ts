import {BaseCommand} from '../../src/cli/base-command.ts';
import {providerArg} from '../../src/cli/credentials/provider-arg.ts';
import {credentialSourceFlags, readCredentialValues} from '../../src/cli/credentials/read-values.ts';
import {renderCredentialsChange} from '../../src/ui/views/credentials-view.ts';

export default class CredentialsSet extends BaseCommand<typeof CredentialsSet> {
  static override summary = "Store an organization's credentials for a provider, encrypted";
  static override description =
    'On a terminal it asks, without showing the secret key; in a pipe it reads NAME=value lines or JSON from standard input. Only their form is checked here: try them with "credentials test".';
  static override examples = [
    '<%= config.bin %> credentials set scaleway',
    '<%= config.bin %> credentials set scaleway --from-env',
    '<%= config.bin %> credentials set scaleway --file /run/secrets/scaleway --json',
  ];
  static override args = {provider: providerArg};
  static override flags = credentialSourceFlags;

  async run(): Promise<void> {
    const values = await readCredentialValues({
      flags: this.flags,
      env: this.env,
      config: await this.settings(),
      stdin: process.stdin,
      stderr: process.stderr,
      warn: text => this.out.note(text),
    });
    const {provider} = this.args;
    const stored = await this.withClient(async (client, app) => {
      const version = await client.credentials.set({provider, values});
      this.out.note(`Sealed with the key in ${app.keyPlace}`);
      return version;
    });
    this.show(
      stored,
      () => renderCredentialsChange('Stored', stored),
      () => String(stored.version),
    );
    this.out.note(`Try them: inventiv credentials test ${provider}`);
  }
}
