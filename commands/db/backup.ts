import {resolve} from 'node:path';
import {string} from '@oclif/core/args';
import {BaseCommand} from '../../src/cli/base-command.ts';
import {loadComposition} from '../../src/cli/open-app.ts';
import {bytesText} from '../../src/ui/amounts.ts';

export default class DbBackup extends BaseCommand<typeof DbBackup> {
  static override summary = 'Write a consistent copy of the store, even while it is in use';
  static override description =
    'The key file that opens sealed secrets (secret.key in the state directory) is not part of it: keep it apart.';
  static override examples = [
    '<%= config.bin %> db backup ~/inventiv-2026-11-23.db',
    '<%= config.bin %> db backup backup.db --json',
  ];
  static override args = {file: string({required: true, description: 'file to write; must not exist'})};

  async run(): Promise<void> {
    const file = resolve(this.args.file);
    const {openStoreTools} = await loadComposition();
    const {bytes} = await (await openStoreTools(await this.openOptions())).backup(file);
    this.show(
      {file, bytes},
      () => `${file}: ${bytesText(bytes)}`,
      () => file,
    );
  }
}
