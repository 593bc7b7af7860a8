import {string} from '@oclif/core/args';
import {boolean, integer, string as text} from '@oclif/core/flags';
import {BaseCommand} from '../../src/cli/base-command.ts';
import {addHost} from '../../src/cli/hosts/add-host.ts';
import {renderHost} from '../../src/ui/views/hosts-view.ts';

export default class HostsAdd extends BaseCommand<typeof HostsAdd> {
  static override summary = 'Add a machine you have: bare metal, on-prem, a shared box';
  static override description =
    'Shows the host key and asks whether to trust it, logs in, and looks at GPUs, driver, memory and software. Changes nothing on the machine. Anyone but root needs sudo without a password there.';
  static override examples = [
    '<%= config.bin %> hosts add root@203.0.113.7',
    {
      description: 'For a script: only with this host key',
      command:
        '<%= config.bin %> hosts add ubuntu@gpu-1.lan:2222 --name gpu-1 --fingerprint SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU',
    },
    {
      description: 'Where 8000 is taken by something else',
      command: '<%= config.bin %> hosts add root@203.0.113.7 --openai-port 9000 --agent-port 9001 --yes --json',
    },
  ];
  static override args = {
    address: string({required: true, description: 'user@host or user@host:port; without a user, root or ssh.user'}),
  };
  static override flags = {
    name: text({char: 'n', description: 'its name here (default: made of the address)'}),
    fingerprint: text({description: 'trust the host key only if it is this one; asks nothing'}),
    'openai-port': integer({min: 1, max: 65_535, description: 'port of the OpenAI endpoint on it (default 8000)'}),
    'agent-port': integer({min: 1, max: 65_535, description: 'port of the agent on it (default 8080)'}),
    yes: boolean({char: 'y', description: 'trust the host key without asking'}),
  };

  async run(): Promise<void> {
    const {name, fingerprint, yes, 'openai-port': openaiPort, 'agent-port': agentPort} = this.flags;
    await this.withClient(async client => {
      const host = await addHost(
        client,
        {ssh: this.args.address, name, openaiPort, agentPort},
        {
          fingerprint,
          yes,
          note: line => this.out.note(line),
          confirm: (question, without) => this.confirm(question, without),
        },
      );
      if (host === null) return this.out.note('Nothing was added.');
      this.show(
        host,
        screen => renderHost(host, screen),
        () => host.name,
      );
      this.out.note(`\nStart a model on it: inventiv up --provider host --ssh ${host.name} --model NAME`);
    });
  }
}
