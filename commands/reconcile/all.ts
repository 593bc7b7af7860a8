import {boolean, integer, option, string} from '@oclif/core/flags';
import type {ApiClient, ReconcileReportView} from '../../src/cli/api-client.ts';
import {BaseCommand} from '../../src/cli/base-command.ts';
import {durationFlag} from '../../src/cli/flags.ts';
import {errorCatalogue, InventivError} from '../../src/core/errors.ts';
import {type ResourceKind, resourceKinds} from '../../src/core/instance/resource.ts';
import {organizationIdPattern} from '../../src/core/reconcile/claim.ts';
import {renderClaimed, renderDeletions, renderReconcile} from '../../src/ui/views/findings-table.ts';

export default class ReconcileAll extends BaseCommand<typeof ReconcileAll> {
  static override summary = 'Compare everything with the provider, and delete what belongs to nothing';
  static override description =
    'Finds rows of what is gone, leftovers of gone instances, and things that carry our mark without a row; the last are deleted only when two runs saw them and the grace time is over. What does not carry our mark, or belongs to another installation in the same project, is never touched. Ends with 0 when all is well or was put right, 10 when --dry-run found differences, 8 when something could not be done.';
  static override examples = [
    {description: 'What would it do?', command: '<%= config.bin %> reconcile all --dry-run'},
    {description: 'In a scheduled job', command: '<%= config.bin %> reconcile all --provider scaleway --yes --json'},
    '<%= config.bin %> reconcile all --zone fr-par-2 --max-deletes 5',
    {
      description: 'Clear what an installation left whose database is lost',
      command: '<%= config.bin %> reconcile all --claim org_01k9x3q8j5m2v7w4t6r8y0z1ab',
    },
  ];
  static override flags = {
    provider: option({
      options: ['mock', 'scaleway', 'host'] as const,
      description: 'which provider (default: config file, else mock)',
    })(),
    zone: string({char: 'z', multiple: true, description: 'only this zone; may be repeated (default: every zone)'}),
    'dry-run': boolean({description: 'only tell; exit status 10 when there are differences'}),
    'max-deletes': integer({min: 0, description: 'most deletions of this run (default 100)'}),
    grace: durationFlag('grace', 'how long a thing without a row is left alone (default 15m)'),
    claim: string({
      multiple: true,
      helpValue: 'ORG_ID',
      parse: async text => parseOrganizationId(text),
      description:
        'treat what belongs to that organization as ours for this run: its database is lost; may be repeated',
    }),
    yes: boolean({char: 'y', description: 'do not ask'}),
  };

  protected readonly kinds: readonly ResourceKind[] = resourceKinds;

  async run(): Promise<void> {
    const config = await this.settings();
    await this.withClient(async client => {
      const dryRun = this.flags['dry-run'];
      const request = this.#request(config.provider);
      if (!dryRun && !this.flags.yes && !(await this.#agreed(client, request))) {
        return this.out.note('Nothing was changed.');
      }

      const report = await client.reconcile.run({...request, dryRun});
      this.show(
        report,
        screen => renderReconcile(report, screen),
        () => report.findings.map(finding => `${finding.kind} ${finding.providerId ?? finding.name}`).join('\n'),
      );
      process.exitCode = exitCodeOf(report);
    }, config);
  }

  #request(provider: 'mock' | 'scaleway' | 'host') {
    const {zone, grace, claim} = this.flags;
    const maxDeletes = this.flags['max-deletes'];
    return {
      provider: this.flags.provider ?? provider,
      kinds: [...this.kinds],
      ...(zone === undefined ? {} : {zones: zone}),
      ...(maxDeletes === undefined ? {} : {maxDeletes}),
      ...(grace === undefined ? {} : {graceMs: grace}),
      ...(claim === undefined ? {} : {claimedOrganizationIds: claim}),
    };
  }

  /** Asks where something would be deleted, or things of another installation are treated as ours. */
  async #agreed(client: ApiClient, request: Parameters<ApiClient['reconcile']['run']>[0]): Promise<boolean> {
    const {findings} = await client.reconcile.run({...request, dryRun: true});
    const claimed = findings.filter(finding => finding.claimed);
    const deletions = findings.filter(({kind}) => kind === 'delete');
    if (claimed.length > 0) this.out.note(renderClaimed(claimed, this.noteScreen()));
    if (deletions.length > 0) this.out.note(renderDeletions(deletions, this.noteScreen()));
    if (deletions.length === 0 && claimed.length === 0) return true;
    const ids = [...new Set(claimed.map(({otherOrganizationId}) => otherOrganizationId))].join(', ');
    const question = deletions.length > 0 ? 'Delete now?' : 'Go on?';
    return await this.confirm(ids === '' ? question : `Claim ${ids}. ${question}`, false);
  }
}

function parseOrganizationId(text: string): string {
  if (organizationIdPattern.test(text)) return text;
  throw new InventivError('invalid_input', `--claim: expected the id of an organization, got "${text.slice(0, 80)}".`, {
    hint: 'The findings tell it: inventiv reconcile all --dry-run',
    param: '--claim',
  });
}

function exitCodeOf({dryRun, zones, totals}: ReconcileReportView): number {
  if (totals.failed > 0 || zones.some(({error}) => error !== null)) return errorCatalogue.partly_failed.exit;
  return dryRun && totals.differences > 0 ? errorCatalogue.differences_found.exit : 0;
}
