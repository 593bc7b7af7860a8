import {string} from '@oclif/core/flags';
import {BaseCommand} from '../../src/cli/base-command.ts';
import {errorCatalogue} from '../../src/core/errors.ts';
import {renderDrift} from '../../src/ui/views/drift-view.ts';

export default class UsageReconcile extends BaseCommand<typeof UsageReconcile> {
  static override summary = "Compare the ledger with the engines' own token counters";
  static override description =
    'Asks every ready instance for the prompt and completion tokens that its engines counted since they started, and takes off what the ledger bills and what readiness asked for itself. Ends with 10 when something is left. An engine that was restarted began to count anew; one that is in use has to be asked again.';
  static override examples = ['<%= config.bin %> usage reconcile', '<%= config.bin %> usage reconcile --instance prod'];
  static override flags = {
    instance: string({char: 'i', description: 'only this instance'}),
  };

  async run(): Promise<void> {
    const {instance} = this.flags;
    const drifts = await this.withClient(client => client.usage.reconcile({instance}));
    this.show(
      drifts,
      screen => renderDrift(drifts, screen),
      () => drifts.map(({instanceName, verdict}) => `${instanceName} ${verdict}`).join('\n'),
    );
    const differ = drifts.some(({verdict}) => verdict === 'engine_more' || verdict === 'ledger_more');
    if (differ) process.exitCode = errorCatalogue.differences_found.exit;
  }
}
