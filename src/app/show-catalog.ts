import {instanceTypesOf, SEED_INSTANCE_TYPES} from '../core/catalog/seed.ts';
import {asInventivError} from '../core/errors.ts';
import type {ProviderName} from '../core/instance/instance.ts';
import type {EpochMs} from '../core/time.ts';
import type {CallContext, ProviderCatalog} from '../ports/provider.ts';
import {type CatalogTools, readCatalog, withEdits} from './read-catalog.ts';

export interface KnownCatalog {
  readonly catalog: ProviderCatalog;
  /** Null: never read from the provider; these are the types this version was shipped with, and no stock. */
  readonly syncedAtMs: EpochMs | null;
}

/** What was last read from the provider, however old; calls nobody. */
export async function showCatalog(
  {catalog}: Pick<CatalogTools, 'catalog'>,
  provider: ProviderName,
): Promise<KnownCatalog> {
  const known = (await catalog.read(provider)) ?? {catalog: shippedCatalog(provider), syncedAtMs: null};
  return {...known, catalog: await withEdits({catalog}, provider, known.catalog)};
}

/** Fresh where there are credentials to read it with, else the latest that is known: sizing a model needs no account. */
export async function catalogForSizing(
  tools: CatalogTools,
  provider: ProviderName,
  call: CallContext,
): Promise<ProviderCatalog> {
  try {
    return await readCatalog(tools, provider, call);
  } catch (thrown) {
    if (asInventivError(thrown).detailCode !== 'credentials_missing') throw thrown;
    return (await showCatalog(tools, provider)).catalog;
  }
}

function shippedCatalog(provider: ProviderName): ProviderCatalog {
  return {types: instanceTypesOf(SEED_INSTANCE_TYPES, provider), availability: []};
}
