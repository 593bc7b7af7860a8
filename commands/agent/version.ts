import {readAgent} from '../../src/cli/agent-file.ts';
import {BaseCommand} from '../../src/cli/base-command.ts';

export default class AgentVersion extends BaseCommand<typeof AgentVersion> {
  static override summary = 'Print the version of the worker agent that "up" installs';
  static override examples = ['<%= config.bin %> agent version', '<%= config.bin %> agent version --json'];

  async run(): Promise<void> {
    const {version, buildDate} = readAgent(this.config.root);
    this.show(
      {version, buildDate},
      () => `${version} (${buildDate})`,
      () => version,
    );
  }
}
