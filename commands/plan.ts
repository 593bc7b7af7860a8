import {BaseCommand} from '../src/cli/base-command.ts';
import {withMockFlags} from '../src/cli/mock-config.ts';
import {mockFlags, requestFlags} from '../src/cli/request-flags.ts';
import {createRequestOf} from '../src/cli/up-request.ts';
import {renderPlan} from '../src/ui/views/plan-view.ts';

export default class Plan extends BaseCommand<typeof Plan> {
  static override summary = 'Show what "up" would start and what it costs; spends nothing';
  static override examples = [
    '<%= config.bin %> plan --model qwen3-8b --provider scaleway',
    '<%= config.bin %> plan --model qwen3-8b --max-model-len 32768 --json',
  ];
  static override flags = {...requestFlags, ...mockFlags};

  async run(): Promise<void> {
    const config = withMockFlags(await this.settings(), this.flags);
    const request = createRequestOf(this.flags, config);
    const plan = await this.withClient(client => client.instances.plan(request), config);
    this.show(
      plan,
      screen => renderPlan(plan, request.count, screen),
      () => `${plan.type} ${plan.zone}`,
    );
  }
}
