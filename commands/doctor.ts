import {BaseCommand} from '../src/cli/base-command.ts';
import {runChecks} from '../src/cli/doctor/checks.ts';
import {systemProbes} from '../src/cli/doctor/probes.ts';
import {loadComposition} from '../src/cli/open-app.ts';
import {exitOf} from '../src/cli/watch/outcome.ts';
import {renderChecks} from '../src/ui/views/findings-view.ts';

export default class Doctor extends BaseCommand<typeof Doctor> {
  static override summary = 'Check this machine and installation, with a fix for every finding';
  static override description = 'Ends with 10 when there is a problem; warnings alone end with 0.';
  static override examples = ['<%= config.bin %> doctor', '<%= config.bin %> doctor --json'];

  async run(): Promise<void> {
    const checks = await runChecks({
      env: this.env,
      probes: systemProbes,
      loadConfig: async () => await this.settings(),
      openStoreTools: async config => await (await loadComposition()).openStoreTools({config, env: this.env}),
      findCredentials: async (config, store) =>
        await (await loadComposition()).describeCredentials({config, env: this.env}, store),
    });
    const problems = checks.filter(check => check.status === 'problem');
    this.show(
      {healthy: problems.length === 0, checks},
      screen => renderChecks(checks, screen),
      () => problems.map(check => check.name).join('\n'),
    );
    process.exitCode = exitOf(problems.length === 0 ? null : 'differences_found');
  }
}
