import {instanceTypesOf, SEED_INSTANCE_TYPES} from '../core/catalog/seed.ts';
import type {ModelRuntime} from '../core/model/runtime.ts';
import {modelRuntimes} from '../core/model/runtime.ts';
import type {OrgScope} from '../core/tenancy/org-scope.ts';
import type {EpochMs} from '../core/time.ts';
import type {InstanceStore} from '../ports/instances.ts';
import type {CatalogStore} from '../ports/store.ts';
import type {UsageStore} from '../ports/usage.ts';

/** The models of an organization as they run now, with what was asked of them since. Asks no provider. */
export async function readModelRuntimes(
  tools: {
    readonly instances: Pick<InstanceStore, 'list'>;
    readonly usage: Pick<UsageStore, 'totalsBy'>;
    readonly catalog: Pick<CatalogStore, 'read'>;
  },
  scope: OrgScope,
  {sinceMs, untilMs}: {sinceMs: EpochMs; untilMs: EpochMs},
): Promise<readonly ModelRuntime[]> {
  const live = await tools.instances.list(scope, {includeGone: false, includeArchived: false});
  const groups = await tools.usage.totalsBy(scope, 'model', {fromMs: sinceMs, untilMs});
  const usage = new Map(groups.flatMap(({id, totals}) => (id === null ? [] : [[id, totals]])));
  const vram = new Map<string, number>();
  for (const provider of new Set(live.map(instance => instance.provider))) {
    const types = (await tools.catalog.read(provider))?.catalog.types ?? [];
    // What was never synced is as it was known when this version was made.
    for (const {name, vramGibPerGpu} of [...instanceTypesOf(SEED_INSTANCE_TYPES, provider), ...types]) {
      vram.set(`${provider} ${name}`, vramGibPerGpu);
    }
  }

  return modelRuntimes(live, usage, ({provider, instanceType}) => vram.get(`${provider} ${instanceType}`) ?? null);
}
