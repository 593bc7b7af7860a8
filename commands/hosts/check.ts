import {string} from '@oclif/core/args';
import {boolean, string as text} from '@oclif/core/flags';
import {BaseCommand} from '../../src/cli/base-command.ts';
import {trustKey} from '../../src/cli/hosts/trust-key.ts';
import {sshAddressText} from '../../src/core/host/parse-address.ts';
import {renderHost} from '../../src/ui/views/hosts-view.ts';

export default class HostsCheck extends BaseCommand<typeof HostsCheck> {
  static override summary = 'Log in to a machine again and look at what it has now';
  static override description =
    'Fails with the reason when it does not answer, refuses the login, shows another host key, or wants a password for sudo.';
  static override examples = [
    '<%= config.bin %> hosts check gpu-1',
    '<%= config.bin %> hosts check gpu-1 --json',
    {
      description: 'It was set up anew and has a new host key',
      command: '<%= config.bin %> hosts check gpu-1 --new-key',
    },
  ];
  static override args = {host: string({required: true, description: 'name or id'})};
  static override flags = {
    'new-key': boolean({
      description: 'show the host key it has now, and ask whether to trust it instead of the old one',
    }),
    fingerprint: text({
      description: 'with --new-key: trust it only if it is this one; asks nothing',
      dependsOn: ['new-key'],
    }),
    yes: boolean({char: 'y', description: 'with --new-key: do not ask', dependsOn: ['new-key']}),
  };

  async run(): Promise<void> {
    await this.withClient(async client => {
      const key = this.flags['new-key'] ? await this.#newKey(client) : undefined;
      if (key === null) return this.out.note('The old host key still counts.');
      const host = await client.hosts.check({host: this.args.host, ...(key === undefined ? {} : {key})});
      this.show(
        host,
        screen => renderHost(host, screen),
        () => host.name,
      );
    });
  }

  async #newKey(client: Parameters<Parameters<BaseCommand<typeof HostsCheck>['withClient']>[0]>[0]) {
    const {host: wanted} = this.args;
    const host = (await client.hosts.list({})).find(({id, name}) => id === wanted || name === wanted);
    // The check itself says that there is no such host.
    if (host === undefined) return undefined;
    const look = await client.hosts.look({ssh: sshAddressText({...host, host: host.address})});
    const isTrusted = await trustKey(look, {
      fingerprint: this.flags.fingerprint,
      yes: this.flags.yes,
      note: line => this.out.note(line),
      confirm: (question, without) => this.confirm(question, without),
    });
    return isTrusted ? {type: look.key.type, base64: look.key.base64} : null;
  }
}
