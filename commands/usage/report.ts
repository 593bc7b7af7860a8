import {option, string} from '@oclif/core/flags';
import {BaseCommand} from '../../src/cli/base-command.ts';
import {momentFlag} from '../../src/cli/flags.ts';
import {usageGroups} from '../../src/core/finops/usage.ts';
import {isoTime} from '../../src/core/time.ts';
import {renderUsage, renderUsageBy} from '../../src/ui/views/usage-view.ts';

export default class UsageReport extends BaseCommand<typeof UsageReport> {
  static override summary = 'Add up requests, tokens and amounts';
  static override examples = [
    '<%= config.bin %> usage report --from 7d',
    '<%= config.bin %> usage report --by model --from 30d',
    '<%= config.bin %> usage report --from 2026-11-01 --until 2026-12-01 --model qwen3-8b --json',
  ];
  static override flags = {
    from: momentFlag('from', 'from this moment (a date, or a duration ago)'),
    until: momentFlag('until', 'until this moment'),
    key: string({description: 'only of this API key'}),
    model: string({char: 'm', description: 'only of this model'}),
    instance: string({char: 'i', description: 'only of this instance'}),
    user: string({description: 'only of this user'}),
    by: option({options: usageGroups, description: 'apart for each of these, the most expensive first'})(),
  };

  async run(): Promise<void> {
    const {from, until, key, model, instance, user, by} = this.flags;
    const filter = {fromMs: from, untilMs: until, key, model, instance, user};
    const period = `${from === undefined ? 'from the beginning' : `from ${isoTime(from).slice(0, 16)}`}${until === undefined ? '' : ` until ${isoTime(until).slice(0, 16)}`}`;
    if (by !== undefined) {
      const groups = await this.withClient(client => client.usage.totalsBy({...filter, by}));
      return this.show(
        groups,
        screen => renderUsageBy(by, groups, period, screen),
        () => groups.map(({name}) => name).join('\n'),
      );
    }

    const totals = await this.withClient(client => client.usage.totals(filter));
    this.show(
      totals,
      screen => renderUsage(totals, period, screen),
      () => String(totals.amountNanos / 1e9),
    );
  }
}
