import {agentDrift, readAgent} from '../../src/cli/agent-file.ts';
import {BaseCommand} from '../../src/cli/base-command.ts';
import {InventivError} from '../../src/core/errors.ts';

export default class AgentCheck extends BaseCommand<typeof AgentCheck> {
  static override summary = 'Fail when the worker agent was changed without a new version';
  static override examples = ['<%= config.bin %> agent check', '<%= config.bin %> agent check --json'];

  async run(): Promise<void> {
    const agent = readAgent(this.config.root);
    const drift = agentDrift(agent);
    if (drift !== null)
      throw new InventivError('differences_found', drift, {hint: 'Record the change: inventiv agent bump'});
    this.show(
      agent,
      () => `agent.py ${agent.version} is as recorded.`,
      () => agent.version,
    );
  }
}
