import {BaseCommand} from '../../src/cli/base-command.ts';

export default class ConfigValidate extends BaseCommand<typeof ConfigValidate> {
  static override summary =
    'Check the config file: every problem with file, line and key; ends with 2 when there is one';
  static override examples = [
    '<%= config.bin %> config validate',
    'INVENTIV_CONFIG=new.yaml <%= config.bin %> config validate --json',
  ];

  async run(): Promise<void> {
    const {file} = await this.settings();
    this.show(
      {valid: true, file},
      () => (file === null ? 'There is no config file; the defaults are in force.' : `${file} is valid.`),
      () => '',
    );
  }
}
