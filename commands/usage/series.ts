import {option, string} from '@oclif/core/flags';
import {BaseCommand} from '../../src/cli/base-command.ts';
import {momentFlag} from '../../src/cli/flags.ts';
import {usageGroups} from '../../src/core/finops/usage.ts';
import {usageSteps} from '../../src/core/finops/usage-series.ts';
import {dayMs} from '../../src/core/time.ts';
import {renderUsageSeries, usageMeasures} from '../../src/ui/views/usage-series-view.ts';

export default class UsageSeries extends BaseCommand<typeof UsageSeries> {
  static override summary = 'Plot requests, tokens and amounts over time, of all or by key, model, instance';
  static override examples = [
    '<%= config.bin %> usage series',
    '<%= config.bin %> usage series --from 30d --by model --measure amount',
    '<%= config.bin %> usage series --from 2026-11-01 --until 2026-12-01 --step day --by key --json',
  ];
  static override flags = {
    from: momentFlag('from', 'from this moment (a date, or a duration ago; default: a day ago)'),
    until: momentFlag('until', 'until this moment (default: now)'),
    step: option({options: usageSteps, description: 'hours or days of UTC (default: hours up to four days)'})(),
    by: option({options: usageGroups, description: 'a line for each'})(),
    measure: option({options: usageMeasures, default: 'tokens', description: 'what is plotted'})(),
    key: string({description: 'only of this API key'}),
    model: string({char: 'm', description: 'only of this model'}),
    instance: string({char: 'i', description: 'only of this instance'}),
    user: string({description: 'only of this user'}),
  };

  async run(): Promise<void> {
    const {from, until, step, by, measure, key, model, instance, user} = this.flags;
    const fromMs = from ?? (until ?? Date.now()) - dayMs;
    const wanted = {fromMs, untilMs: until, step, by, key, model, instance, user};
    const series = await this.withClient(client => client.usage.series(wanted));
    this.show(
      series,
      screen => renderUsageSeries(series, measure, screen),
      () => series.points.map(({at, id, requests}) => [at, id ?? '-', requests].join('\t')).join('\n'),
    );
  }
}
