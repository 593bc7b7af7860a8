import {applyEdits} from '../core/catalog/edits.ts';
import type {ProviderName} from '../core/instance/instance.ts';
import {hourMs} from '../core/time.ts';
import type {Clock} from '../ports/clock.ts';
import type {CallContext, CloudProvider, ProviderCatalog} from '../ports/provider.ts';
import type {CatalogStore} from '../ports/store.ts';

export interface CatalogTools {
  readonly catalog: CatalogStore;
  readonly clock: Clock;
  readonly providerFor: (name: ProviderName) => CloudProvider;
}

/** Types and prices change rarely, stock often: a plan that spends money reads afresh. */
const catalogMaxAgeMs = hourMs;

/** What a provider sells, from the store when it is fresh enough, else read and kept. */
export async function readCatalog(
  tools: CatalogTools,
  name: ProviderName,
  call: CallContext,
): Promise<ProviderCatalog> {
  if (tools.providerFor(name).keepsMachines === true) return syncCatalog(tools, name, call);
  const kept = await tools.catalog.read(name);
  const nowMs = tools.clock.nowMs();
  if (kept !== null && nowMs - kept.syncedAtMs < catalogMaxAgeMs) {
    return withEdits(tools, name, kept.catalog);
  }

  return syncCatalog(tools, name, call);
}

export async function syncCatalog(
  tools: CatalogTools,
  name: ProviderName,
  call: CallContext,
): Promise<ProviderCatalog> {
  const provider = tools.providerFor(name);
  const catalog = await provider.readCatalog(call);
  // What an organization has is no catalogue for others, and reading it costs nothing.
  if (provider.keepsMachines !== true) await tools.catalog.save(name, catalog, tools.clock.nowMs());
  return withEdits(tools, name, catalog);
}

/** The provider's words, with those of operators in their place. */
export async function withEdits(
  {catalog: store}: Pick<CatalogTools, 'catalog'>,
  name: ProviderName,
  catalog: ProviderCatalog,
): Promise<ProviderCatalog> {
  return {...catalog, types: applyEdits(catalog.types, await store.edits(name))};
}
