import {InventivError} from '../../core/errors.ts';
import type {Instance, ProviderName} from '../../core/instance/instance.ts';
import type {OrgScope} from '../../core/tenancy/org-scope.ts';
import type {InstanceStore} from '../../ports/instances.ts';
import type {ProviderCredentials} from '../../ports/provider-account.ts';

const namesShownMax = 3;

/** Instances that exist at this provider, or may. */
export async function liveInstancesAt(
  instances: Pick<InstanceStore, 'list'>,
  scope: OrgScope,
  provider: ProviderName,
): Promise<readonly Instance[]> {
  const all = await instances.list(scope, {includeGone: false, includeArchived: true});
  return all.filter(instance => instance.provider === provider);
}

/**
 * Seen from another project, what runs does not exist: it would be taken for deleted, and be paid for by nobody's wish. So
 * the project stays while anything lives in it. Null: there would be no credentials at all.
 */
export function requireSameProject(
  live: readonly Instance[],
  before: ProviderCredentials | null,
  after: ProviderCredentials | null,
): void {
  if (live.length === 0 || before === null || before.projectId === after?.projectId) return;
  const names = live.slice(0, namesShownMax).map(({name}) => name);
  const more = live.length > names.length ? ` and ${live.length - names.length} more` : '';
  throw new InventivError(
    'conflict',
    `${names.join(', ')}${more} would be out of reach ${after === null ? 'without credentials' : 'in another project'}.`,
    {
      hint: `Take down what lives in project ${before.projectId} first: inventiv down ${names.join(' ')}`,
      detailCode: 'instances_out_of_reach',
      param: 'projectId',
    },
  );
}
