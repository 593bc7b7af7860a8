import {string} from '@oclif/core/args';
import {BaseCommand} from '../../src/cli/base-command.ts';
import {capFlags, capsOf} from '../../src/cli/cap-flags.ts';
import {InventivError} from '../../src/core/errors.ts';
import {renderKey} from '../../src/ui/views/keys-view.ts';

export default class KeysUpdate extends BaseCommand<typeof KeysUpdate> {
  static override summary = 'Cap what one request with an API key may ask for, and how long it may take';
  static override description =
    'A running "serve" has it in less than a second. A cap of a key can be lower than that of the server, never higher; "none" takes it away.';
  static override examples = [
    '<%= config.bin %> keys update laptop --max-tokens 4096 --max-choices 1',
    '<%= config.bin %> keys update ci --total-timeout 2m --idle-timeout none --json',
  ];
  static override args = {key: string({required: true, description: 'id or name'})};
  static override flags = capFlags;

  async run(): Promise<void> {
    const caps = capsOf(this.flags);
    if (Object.keys(caps).length === 0) {
      throw new InventivError('invalid_input', 'expected a cap to set, got none', {
        hint: `For example: inventiv keys update ${this.args.key} --max-tokens 4096`,
      });
    }

    const key = await this.withClient(client => client.keys.update({key: this.args.key, caps}));
    this.show(
      key,
      screen => renderKey(key, screen),
      () => key.id,
    );
  }
}
