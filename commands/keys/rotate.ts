import {string} from '@oclif/core/args';
import {BaseCommand} from '../../src/cli/base-command.ts';
import {durationFlag} from '../../src/cli/flags.ts';
import {renderNewKey} from '../../src/ui/views/keys-view.ts';

export default class KeysRotate extends BaseCommand<typeof KeysRotate> {
  static override summary = 'Give an API key a new secret';
  static override examples = [
    '<%= config.bin %> keys rotate laptop',
    {description: 'The old secret works for one more hour', command: '<%= config.bin %> keys rotate ci --grace 1h'},
  ];
  static override args = {key: string({required: true, description: 'id or name'})};
  static override flags = {grace: durationFlag('grace', 'how long the old secret stays valid (default: not at all)')};

  async run(): Promise<void> {
    const {serve} = await this.settings();
    const rotated = await this.withClient(client =>
      client.keys.rotate({key: this.args.key, graceMs: this.flags.grace ?? 0}),
    );
    this.show(
      rotated,
      screen => renderNewKey(rotated, `http://${serve.host}:${serve.port}`, screen),
      () => rotated.secret,
    );
  }
}
