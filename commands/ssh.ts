import {string} from '@oclif/core/args';
import {boolean} from '@oclif/core/flags';
import {BaseCommand} from '../src/cli/base-command.ts';
import {runProgram} from '../src/cli/ssh/run-program.ts';
import {sshCommand} from '../src/cli/ssh/ssh-command.ts';
import {shellWords} from '../src/core/bootstrap/shell-quote.ts';

export default class Ssh extends BaseCommand<typeof Ssh> {
  static override summary = 'Log in to the machine of an instance, or run a command on it';
  static override description =
    "Runs the system's ssh with the host key that was pinned and the keys of this installation. It never asks whether to trust a key: one that changed is refused. Ends with the exit status of ssh, which is that of the command, or 255.";
  static override examples = [
    '<%= config.bin %> ssh prod-1',
    {
      description: 'One command; what follows -- is for the machine',
      command: '<%= config.bin %> ssh prod-1 -- nvidia-smi -L',
    },
    {description: 'The command line, for scp or an editor', command: '<%= config.bin %> ssh prod-1 --print'},
    {description: 'The same as JSON', command: '<%= config.bin %> ssh prod-1 --json'},
  ];
  static override args = {
    instance: string({required: true, description: 'id or name'}),
    command: string({required: false, multiple: true, description: 'after --: what to run there instead of a shell'}),
  };
  static override flags = {
    print: boolean({description: 'print the command line of ssh instead of running it'}),
  };

  async run(): Promise<void> {
    const config = await this.settings();
    const login = await this.withClient(client => client.instances.login({instance: this.args.instance}), config);
    const command = sshCommand(login, this.args.command ?? [], config);
    if (this.flags.print || this.out.mode.json) {
      const {user, host, port} = login;
      return this.show({user, host, port, fingerprint: login.hostKey.fingerprint, command}, () => shellWords(command));
    }

    process.exitCode = await runProgram(command);
  }
}
