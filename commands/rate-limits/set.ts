import {integer} from '@oclif/core/flags';
import {BaseCommand} from '../../src/cli/base-command.ts';
import {rateLimitOwner, rateLimitOwnerFlags} from '../../src/cli/rate-limit-flags.ts';
import {renderRateLimitSet} from '../../src/ui/views/rate-limits-view.ts';

export default class RateLimitsSet extends BaseCommand<typeof RateLimitsSet> {
  static override summary = 'Bound how much the organization, a key or a model may be asked for';
  static override description =
    'A request has to fit all limits that concern it: those of its key, of its model, of its key with its model, and of the organization. Replaces what was set for the same owner. A running "serve" counts by it in less than a second.';
  static override examples = [
    '<%= config.bin %> rate-limits set --requests 600 --tokens 1000000',
    '<%= config.bin %> rate-limits set --key laptop --requests 60 --concurrent 4',
    {
      description: 'One key with one model',
      command: '<%= config.bin %> rate-limits set --key laptop --model qwen3-8b --tokens 20000',
    },
  ];
  static override flags = {
    ...rateLimitOwnerFlags,
    requests: integer({description: 'requests per minute', min: 1}),
    tokens: integer({description: 'tokens per minute, prompt and completion together', min: 1}),
    concurrent: integer({description: 'requests at the same time', min: 1}),
  };

  async run(): Promise<void> {
    const {requests, tokens, concurrent} = this.flags;
    const limit = await this.withClient(client =>
      client.rateLimits.set({
        ...rateLimitOwner(this.flags),
        ...(requests !== undefined && {requestsPerMinute: requests}),
        ...(tokens !== undefined && {tokensPerMinute: tokens}),
        ...(concurrent !== undefined && {concurrency: concurrent}),
      }),
    );
    this.show(
      limit,
      screen => renderRateLimitSet(limit, screen),
      () => limit.id,
    );
  }
}
