import {BaseCommand} from '../../src/cli/base-command.ts';
import {columnsFlag, momentFlag} from '../../src/cli/flags.ts';
import {modelRuntimeColumnKeys, renderModelRuntimes} from '../../src/ui/views/model-runtime-view.ts';

export default class ModelsRuntime extends BaseCommand<typeof ModelsRuntime> {
  static override summary = 'List the models as they run: instances, GPUs, memory, and what was asked of them lately';
  static override description =
    'Instances, GPUs and memory are those of this moment; requests, failures and tokens are of the ledger, from --since on.';
  static override examples = [
    '<%= config.bin %> models runtime',
    '<%= config.bin %> models runtime --since 7d',
    '<%= config.bin %> models runtime --since 2026-11-01 --json',
  ];
  static override flags = {
    since: momentFlag('since', 'count requests from this moment: a date, or a duration ago (default: 24 hours)'),
    columns: columnsFlag(modelRuntimeColumnKeys),
  };

  async run(): Promise<void> {
    const {since: sinceMs, columns} = this.flags;
    const runtime = await this.withClient(client => client.models.runtime({sinceMs}));
    this.show(
      runtime,
      screen => renderModelRuntimes(runtime.models, screen, columns),
      () => runtime.models.map(({modelHfId}) => modelHfId).join('\n'),
    );
  }
}
