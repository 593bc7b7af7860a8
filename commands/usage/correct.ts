import {string} from '@oclif/core/args';
import {custom, string as stringFlag} from '@oclif/core/flags';
import {BaseCommand} from '../../src/cli/base-command.ts';
import {parseAmount} from '../../src/cli/flags.ts';
import {renderCorrection} from '../../src/ui/views/correction-view.ts';

export default class UsageCorrect extends BaseCommand<typeof UsageCorrect> {
  static override summary = 'Make one request cost something else, by a counter-entry';
  static override description =
    'The line of the ledger stays as it is. The entry makes up the difference; it is dated today, so that sums of past months stay what they were. The same correction twice writes one entry.';
  static override examples = [
    '<%= config.bin %> usage correct req_01kb0000000000000000000000 --to 0 --reason "the answer was cut off"',
    '<%= config.bin %> usage correct req_01kb0000000000000000000000 --to 0.002EUR --reason "agreed price" --json',
  ];
  static override args = {request: string({required: true, description: 'id of the request'})};
  static override flags = {
    to: custom<number>({
      description: 'what it is to cost in all',
      helpValue: '0.002EUR',
      required: true,
      parse: async text => parseAmount(text, '--to'),
    })(),
    reason: stringFlag({description: 'why, for whoever reads the books', required: true}),
  };

  async run(): Promise<void> {
    const {to, reason} = this.flags;
    const {request} = this.args;
    const line = await this.withClient(client => client.usage.correct({request, toNanos: to, reason}));
    this.show(
      line,
      screen => renderCorrection(line, screen),
      () => line.requestId,
    );
  }
}
