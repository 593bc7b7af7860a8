import {option, string} from '@oclif/core/flags';
import {BaseCommand} from '../../src/cli/base-command.ts';
import {momentFlag} from '../../src/cli/flags.ts';
import {interruptedExit, interruptible} from '../../src/cli/interrupt.ts';
import {writeFully} from '../../src/cli/write-fully.ts';
import {csvHeader, csvLine, exportedLine} from '../../src/core/finops/usage-csv.ts';

export default class UsageExport extends BaseCommand<typeof UsageExport> {
  static override summary = 'Write the lines of the ledger as CSV or JSON lines, oldest first, however many there are';
  static override description =
    'CSV as RFC 4180 says. Amounts are whole nano-euros (amount_nanos) and exact decimal euros (amount_eur). --json is the same as --format jsonl.';
  static override examples = [
    '<%= config.bin %> usage export --from 2026-11-01 --until 2026-12-01 > november.csv',
    '<%= config.bin %> usage export --from 7d --key laptop --format jsonl',
  ];
  static override flags = {
    format: option({options: ['csv', 'jsonl'] as const, default: 'csv', description: 'how it is written'})(),
    from: momentFlag('from', 'from this moment (a date, or a duration ago)'),
    until: momentFlag('until', 'until this moment (default: now)'),
    key: string({description: 'only of this API key'}),
    model: string({char: 'm', description: 'only of this model'}),
    instance: string({char: 'i', description: 'only of this instance'}),
    user: string({description: 'only of this user'}),
  };

  async run(): Promise<void> {
    const {format, from, until, key, model, instance, user} = this.flags;
    const isCsv = format === 'csv' && !this.out.mode.json;
    await this.withClient(async client => {
      process.exitCode = await interruptible(async signal => {
        const pages = await client.usage.export({fromMs: from, untilMs: until, key, model, instance, user}, {signal});
        if (isCsv) await writeFully(process.stdout, csvHeader);
        for await (const page of pages) {
          const lines = page.map(line => (isCsv ? csvLine(line) : `${JSON.stringify(exportedLine(line))}\n`));
          await writeFully(process.stdout, lines.join(''));
        }

        return interruptedExit(signal) ?? 0;
      });
    });
  }
}
