import {BaseCommand} from '../../src/cli/base-command.ts';
import {configPlaces} from '../../src/cli/config-places.ts';

export default class ConfigPath extends BaseCommand<typeof ConfigPath> {
  static override summary = 'Show where the config file is looked for, and which one is read';
  static override examples = ['<%= config.bin %> config path', 'vi "$(<%= config.bin %> config path --quiet)"'];

  async run(): Promise<void> {
    const places = configPlaces(this.env, process.cwd());
    const {file, candidates} = places;
    this.show(
      places,
      screen =>
        [
          ...candidates.map(
            candidate => `${candidate === file ? screen.style.green(screen.symbols.done) : ' '} ${candidate}`,
          ),
          ...(file === null ? ['', 'None exists; the defaults are in force.'] : []),
        ].join('\n'),
      () => file ?? candidates.at(-3) ?? '',
    );
  }
}
