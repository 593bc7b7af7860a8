import {BaseCommand} from '../../src/cli/base-command.ts';
import {loadComposition} from '../../src/cli/open-app.ts';

export default class DbMigrate extends BaseCommand<typeof DbMigrate> {
  static override summary = 'Bring the store to the schema of this program; other verbs do it by themselves';
  static override examples = ['<%= config.bin %> db migrate', '<%= config.bin %> db migrate --json'];

  async run(): Promise<void> {
    const {openStoreTools} = await loadComposition();
    const result = await (await openStoreTools(await this.openOptions())).migrate();
    this.show(
      result,
      () => (result.applied.length === 0 ? 'Nothing to apply.' : `Applied: ${result.applied.join(', ')}`),
      () => result.applied.join('\n'),
    );
  }
}
