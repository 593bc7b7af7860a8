import {readAgent} from '../../src/cli/agent-file.ts';
import {BaseCommand} from '../../src/cli/base-command.ts';

export default class AgentChecksum extends BaseCommand<typeof AgentChecksum> {
  static override summary = 'Print the SHA-256 of the worker agent, as sha256sum does';
  static override examples = ['<%= config.bin %> agent checksum', '<%= config.bin %> agent checksum --json'];

  async run(): Promise<void> {
    const {sha256, path} = readAgent(this.config.root);
    this.show(
      {sha256, path},
      () => `${sha256}  ${path}`,
      () => sha256,
    );
  }
}
