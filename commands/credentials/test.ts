import {BaseCommand} from '../../src/cli/base-command.ts';
import {providerArg} from '../../src/cli/credentials/provider-arg.ts';
import {exitOf} from '../../src/cli/watch/outcome.ts';
import {renderCredentialTest} from '../../src/ui/views/credentials-view.ts';

export default class CredentialsTest extends BaseCommand<typeof CredentialsTest> {
  static override summary = 'Try the credentials in use at the provider, and say which permission is missing';
  static override description =
    'Makes nothing and costs nothing. Ends with 4 when the key is refused or lacks something.';
  static override examples = [
    '<%= config.bin %> credentials test scaleway',
    '<%= config.bin %> credentials test scaleway --json',
  ];
  static override args = {provider: providerArg};

  async run(): Promise<void> {
    const {provider} = this.args;
    const tested = await this.withClient(client => client.credentials.test({provider}));
    this.show(
      tested,
      screen => renderCredentialTest(tested, screen),
      () => tested.checks.flatMap(check => (check.ok ? [] : [check.name])).join('\n'),
    );
    process.exitCode = exitOf(tested.ok ? null : 'provider_auth');
  }
}
