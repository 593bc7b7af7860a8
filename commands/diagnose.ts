import {string} from '@oclif/core/args';
import {BaseCommand} from '../src/cli/base-command.ts';
import {diagnoseFile, looksLikeFile} from '../src/cli/diagnose-file.ts';
import {renderFileDiagnosis, renderInstanceDiagnosis} from '../src/ui/views/diagnosis-view.ts';

export default class Diagnose extends BaseCommand<typeof Diagnose> {
  static override summary = 'Say why a worker did not start, from its logs or from a saved log';
  static override description =
    'Looks for known causes (docs/diagnosis.md) in what is recorded of an instance and in the logs of its machine, or in a file, or in what comes on stdin. Prints the cause, the lines that show it, and what to do.';
  static override examples = [
    '<%= config.bin %> diagnose prod-1',
    '<%= config.bin %> diagnose ./engine.log --json',
    'docker logs my-vllm 2>&1 | <%= config.bin %> diagnose -',
  ];
  static override args = {
    subject: string({required: true, description: 'instance (id or name), a file, or - for stdin'}),
  };

  async run(): Promise<void> {
    const {subject} = this.args;
    if (looksLikeFile(subject)) {
      const found = await diagnoseFile(subject, process.stdin);
      this.show(
        found,
        screen => renderFileDiagnosis(found, screen),
        () => found.diagnosis?.code ?? 'none',
      );
      return;
    }

    const found = await this.withClient(client => client.instances.diagnose({instance: subject}));
    this.show(
      found,
      screen => renderInstanceDiagnosis(found, screen),
      () => found.diagnosis?.code ?? 'none',
    );
  }
}
