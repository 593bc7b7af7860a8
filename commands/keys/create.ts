import {string} from '@oclif/core/args';
import {option, string as stringFlag} from '@oclif/core/flags';
import {BaseCommand} from '../../src/cli/base-command.ts';
import {capFlags, capsOf} from '../../src/cli/cap-flags.ts';
import {durationFlag} from '../../src/cli/flags.ts';
import {apiKeyScopes} from '../../src/core/tenancy/api-key.ts';
import {renderNewKey} from '../../src/ui/views/keys-view.ts';

export default class KeysCreate extends BaseCommand<typeof KeysCreate> {
  static override summary = 'Make an API key for the OpenAI port of "serve"; its secret is shown once';
  static override examples = [
    '<%= config.bin %> keys create laptop',
    '<%= config.bin %> keys create ci --expires 30d --models qwen3-8b --json',
    {
      description: 'Only the secret, for a variable',
      command: 'export OPENAI_API_KEY=$(<%= config.bin %> keys create laptop --quiet)',
    },
  ];
  static override args = {name: string({required: true, description: 'a name to recognize it by'})};
  static override flags = {
    scope: option({
      options: apiKeyScopes,
      multiple: true,
      description: 'what it may do (default: everything); may be repeated',
    })(),
    models: stringFlag({multiple: true, multipleNonGreedy: true, delimiter: ',', description: 'only these models'}),
    ...capFlags,
    expires: durationFlag('expires', 'how long it is valid (default: for ever)'),
  };

  async run(): Promise<void> {
    const {scope, models, expires} = this.flags;
    const caps = Object.fromEntries(Object.entries(capsOf(this.flags)).filter(([, value]) => value !== null));
    const {serve} = await this.settings();
    const created = await this.withClient(client =>
      client.keys.create({
        name: this.args.name,
        ...(scope === undefined ? {} : {scopes: scope}),
        ...(models === undefined ? {} : {models}),
        ...(Object.keys(caps).length === 0 ? {} : {caps}),
        ...(expires === undefined ? {} : {expiresInMs: expires}),
      }),
    );
    this.show(
      created,
      screen => renderNewKey(created, `http://${serve.host}:${serve.port}`, screen),
      () => created.secret,
    );
  }
}
