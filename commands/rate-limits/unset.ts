import {BaseCommand} from '../../src/cli/base-command.ts';
import {rateLimitOwner, rateLimitOwnerFlags} from '../../src/cli/rate-limit-flags.ts';
import {renderRateLimitUnset} from '../../src/ui/views/rate-limits-view.ts';

export default class RateLimitsUnset extends BaseCommand<typeof RateLimitsUnset> {
  static override summary = 'Take a rate limit away';
  static override examples = [
    '<%= config.bin %> rate-limits unset --key laptop',
    {description: 'That of the organization', command: '<%= config.bin %> rate-limits unset --json'},
  ];
  static override flags = rateLimitOwnerFlags;

  async run(): Promise<void> {
    const limit = await this.withClient(client => client.rateLimits.unset(rateLimitOwner(this.flags)));
    this.show(
      limit,
      screen => renderRateLimitUnset(limit, screen),
      () => limit.id,
    );
  }
}
