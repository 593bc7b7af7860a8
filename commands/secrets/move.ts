import {option} from '@oclif/core/flags';
import {BaseCommand} from '../../src/cli/base-command.ts';
import {loadComposition} from '../../src/cli/open-app.ts';

export default class SecretsMove extends BaseCommand<typeof SecretsMove> {
  static override summary = 'Keep the key that seals stored secrets in the system keyring, or in a file';
  static override description =
    'The keyring protects the key while nobody is logged in; what runs without a session (cron, a service) cannot reach it then. The key is read back before the other place is cleared. A keyring that does not answer changes nothing.';
  static override examples = [
    '<%= config.bin %> secrets move --to keyring',
    {description: 'Back to secret.key in the state directory', command: '<%= config.bin %> secrets move --to file'},
  ];
  static override flags = {
    to: option({options: ['keyring', 'file'] as const, description: 'where it shall be kept', required: true})(),
  };

  async run(): Promise<void> {
    const {placeOfKey} = await loadComposition();
    const moved = await placeOfKey(await this.openOptions(), this.flags.to);
    this.show(
      moved,
      () => `The key is kept in ${moved.place} from now on`,
      () => moved.kind,
    );
  }
}
