import {custom, option} from '@oclif/core/flags';
import {nextVersion, readAgent, recordAgent} from '../../src/cli/agent-file.ts';
import {BaseCommand} from '../../src/cli/base-command.ts';
import {InventivError} from '../../src/core/errors.ts';
import {isoTime} from '../../src/core/time.ts';

export default class AgentBump extends BaseCommand<typeof AgentBump> {
  static override summary = 'Give the worker agent a new version and date, and record its checksum';
  static override examples = ['<%= config.bin %> agent bump', '<%= config.bin %> agent bump --part minor --json'];
  static override flags = {
    part: option({
      options: ['patch', 'minor', 'major'] as const,
      default: 'patch' as const,
      description: 'which number goes up',
    })(),
    to: custom<string>({
      description: 'this version exactly',
      helpValue: '1.2.3',
      exclusive: ['part'],
      parse: async text => parseVersion(text),
    })(),
  };

  async run(): Promise<void> {
    const {root} = this.config;
    const next = this.flags.to ?? nextVersion(readAgent(root).version, this.flags.part);
    const agent = recordAgent(root, next, isoTime(Date.now()).slice(0, 10));
    this.show(
      agent,
      () => `agent.py is now ${agent.version} (${agent.buildDate}).`,
      () => agent.version,
    );
  }
}

function parseVersion(text: string): string {
  if (!/^\d{1,4}\.\d{1,4}\.\d{1,4}$/.test(text)) {
    throw new InventivError('invalid_input', `--to: expected a version such as 1.2.3, got "${text.slice(0, 20)}".`, {
      param: '--to',
    });
  }

  return text;
}
