import {BaseCommand} from '../../src/cli/base-command.ts';
import {loadComposition} from '../../src/cli/open-app.ts';
import {exitOf} from '../../src/cli/watch/outcome.ts';

export default class DbCheck extends BaseCommand<typeof DbCheck> {
  static override summary = 'Check the store: integrity, references, migrations, audit chain; ends with 10 on findings';
  static override examples = ['<%= config.bin %> db check', '<%= config.bin %> db check --json'];

  async run(): Promise<void> {
    const {openStoreTools} = await loadComposition();
    const findings = await (await openStoreTools(await this.openOptions())).check();
    this.show(
      {sound: findings.length === 0, findings},
      screen =>
        findings.length === 0
          ? `${screen.style.green(screen.symbols.done)} The store is sound.`
          : [
              ...findings.map(finding => `${screen.style.red(screen.symbols.failed)} ${finding}`),
              '',
              'Go back to a backup: inventiv db restore FILE',
            ].join('\n'),
      () => findings.join('\n'),
    );
    process.exitCode = exitOf(findings.length === 0 ? null : 'differences_found');
  }
}
