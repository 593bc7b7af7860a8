import {string} from '@oclif/core/args';
import {boolean} from '@oclif/core/flags';
import {BaseCommand} from '../../src/cli/base-command.ts';
import {agoText} from '../../src/ui/amounts.ts';

export default class KeysRevoke extends BaseCommand<typeof KeysRevoke> {
  static override summary = 'Make an API key invalid, at once and for ever';
  static override examples = [
    '<%= config.bin %> keys revoke laptop',
    '<%= config.bin %> keys revoke laptop --yes --json',
  ];
  static override args = {key: string({required: true, description: 'id or name'})};
  static override flags = {yes: boolean({char: 'y', description: 'do not ask'})};

  async run(): Promise<void> {
    await this.withClient(async client => {
      const key = await client.keys.show({key: this.args.key});
      this.out.note(
        `Key "${key.name}" (${key.prefix}..., last used ${agoText(key.lastUsedAt, Date.now(), 'never')}) will stop working for everybody who has it.`,
      );
      if (!(await this.confirm('Revoke it now?', this.flags.yes))) return this.out.note('Nothing was revoked.');
      const revoked = await client.keys.revoke({key: key.id});
      this.show(
        revoked,
        () => `Revoked: ${revoked.name}`,
        () => revoked.id,
      );
    });
  }
}
