import {readAgent} from '../src/cli/agent-file.ts';
import {BaseCommand} from '../src/cli/base-command.ts';
import {renderFacts} from '../src/ui/facts.ts';

export default class Version extends BaseCommand<typeof Version> {
  static override summary = 'Print the versions of inventiv, its worker agent and Node.js';
  static override examples = ['<%= config.bin %> version', '<%= config.bin %> version --json'];

  async run(): Promise<void> {
    const versions = {
      inventiv: this.config.version,
      agent: readAgent(this.config.root).version,
      node: process.versions.node,
      platform: `${process.platform}-${process.arch}`,
    };
    this.show(
      versions,
      screen => renderFacts(Object.entries(versions), screen).join('\n'),
      () => versions.inventiv,
    );
  }
}
