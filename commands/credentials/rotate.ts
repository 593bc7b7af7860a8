import {boolean} from '@oclif/core/flags';
import {BaseCommand} from '../../src/cli/base-command.ts';
import {providerArg} from '../../src/cli/credentials/provider-arg.ts';
import {credentialSourceFlags, readCredentialValues} from '../../src/cli/credentials/read-values.ts';
import {renderCredentialsChange} from '../../src/ui/views/credentials-view.ts';

export default class CredentialsRotate extends BaseCommand<typeof CredentialsRotate> {
  static override summary = 'Replace the stored credentials, once the provider has accepted the new ones';
  static override description =
    'The version before is kept, encrypted: "credentials rollback" puts it back. A running "serve" uses the new ones within ten seconds. Delete the old key at the provider when nothing uses it any more.';
  static override examples = [
    '<%= config.bin %> credentials rotate scaleway',
    '<%= config.bin %> credentials rotate scaleway --from-env --json',
  ];
  static override args = {provider: providerArg};
  static override flags = {
    ...credentialSourceFlags,
    test: boolean({
      allowNo: true,
      default: true,
      description: 'try the new ones first, and keep the old on any refusal',
    }),
  };

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
      const version = await client.credentials.rotate({provider, values, test: this.flags.test});
      this.out.note(`Sealed with the key in ${app.keyPlace}`);
      return version;
    });
    this.show(
      stored,
      () => renderCredentialsChange('Rotated', stored),
      () => String(stored.version),
    );
  }
}
