import {resolve} from 'node:path';
import {string} from '@oclif/core/args';
import {boolean} from '@oclif/core/flags';
import {BaseCommand} from '../../src/cli/base-command.ts';
import {loadComposition} from '../../src/cli/open-app.ts';

export default class DbRestore extends BaseCommand<typeof DbRestore> {
  static override summary = 'Replace the store by a backup; the present one is kept beside it';
  static override examples = [
    '<%= config.bin %> db restore ~/inventiv-2026-11-23.db',
    '<%= config.bin %> db restore backup.db --yes --json',
  ];
  static override args = {file: string({required: true, description: 'backup to go back to'})};
  static override flags = {yes: boolean({char: 'y', description: 'do not ask'})};

  async run(): Promise<void> {
    const file = resolve(this.args.file);
    // Not as other verbs: that the store is empty would be no news here.
    const options = {config: await this.settings(), env: this.env};
    this.out.note(
      `This replaces ${options.config.paths.database} by ${file}. Instances started since that backup would no longer be known here.`,
    );
    if (!(await this.confirm('Restore it?', this.flags.yes))) return this.out.note('Nothing was changed.');
    const {openStoreTools} = await loadComposition();
    const {previousKeptAt} = await (await openStoreTools(options)).restore(file);
    this.show(
      {restored: file, previousKeptAt},
      () => `Restored.${previousKeptAt === null ? '' : ` What was there before is kept at ${previousKeptAt}`}`,
      () => previousKeptAt ?? '',
    );
  }
}
