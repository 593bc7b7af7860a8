import {BaseCommand} from '../../src/cli/base-command.ts';
import {loadComposition} from '../../src/cli/open-app.ts';

export default class SecretsShow extends BaseCommand<typeof SecretsShow> {
  static override summary = 'Say where the key is kept that seals stored secrets; never the key';
  static override examples = ['<%= config.bin %> secrets show', '<%= config.bin %> secrets show --json'];

  async run(): Promise<void> {
    const {placeOfKey} = await loadComposition();
    const found = await placeOfKey(await this.openOptions());
    this.show(
      found,
      () => `The key that seals stored secrets is kept in ${found.place}`,
      () => found.kind,
    );
  }
}
