import {BaseCommand} from '../../src/cli/base-command.ts';
import {columnsFlag} from '../../src/cli/flags.ts';
import {rateLimitColumnKeys, renderRateLimits} from '../../src/ui/views/rate-limits-view.ts';

export default class RateLimitsList extends BaseCommand<typeof RateLimitsList> {
  static override summary = 'List the rate limits of the organization, its keys and its models';
  static override examples = ['<%= config.bin %> rate-limits list', '<%= config.bin %> rate-limits list --json'];
  static override flags = {columns: columnsFlag(rateLimitColumnKeys)};

  async run(): Promise<void> {
    const limits = await this.withClient(client => client.rateLimits.list({}));
    this.show(
      limits,
      screen => renderRateLimits(limits, screen, this.flags.columns),
      () => limits.map(({id}) => id).join('\n'),
    );
  }
}
