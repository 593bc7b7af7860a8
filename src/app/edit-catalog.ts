import {isEmptyEdit} from '../core/catalog/edits.ts';
import type {TypeEdit} from '../core/catalog/instance-type.ts';
import {InventivError} from '../core/errors.ts';
import type {ProviderName} from '../core/instance/instance.ts';
import {didYouMean} from '../core/near-names.ts';
import type {Clock} from '../ports/clock.ts';
import type {AuditStore, CatalogStore} from '../ports/store.ts';
import type {Actor} from './actor.ts';
import {showCatalog} from './show-catalog.ts';

export interface EditTools {
  readonly catalog: CatalogStore;
  readonly audit: AuditStore;
  readonly clock: Clock;
}

/** Absent: as it is; null: as the provider says. */
export interface EditWish {
  readonly pricePerHourNanos?: number | null | undefined;
  readonly usableVramGibPerGpu?: number | null | undefined;
  readonly disabled?: boolean | undefined;
}

/** Says something of a type in place of the provider, from the next plan on and over every sync. */
export async function editType(
  tools: EditTools,
  actor: Actor,
  provider: ProviderName,
  name: string,
  wish: EditWish,
): Promise<TypeEdit> {
  const typeName = await knownName(tools, provider, name);
  const before = (await tools.catalog.edits(provider)).find(edit => edit.typeName === typeName);
  const edit: TypeEdit = {
    typeName,
    pricePerHourNanos:
      wish.pricePerHourNanos === undefined ? (before?.pricePerHourNanos ?? null) : wish.pricePerHourNanos,
    usableVramGibPerGpu:
      wish.usableVramGibPerGpu === undefined ? (before?.usableVramGibPerGpu ?? null) : wish.usableVramGibPerGpu,
    disabled: wish.disabled ?? before?.disabled ?? false,
    editedBy: actor.userName,
    editedAtMs: tools.clock.nowMs(),
  };
  if (isEmptyEdit(edit)) await tools.catalog.dropEdits(provider, typeName);
  else await tools.catalog.putEdit(provider, edit);
  const {pricePerHourNanos, usableVramGibPerGpu, disabled} = edit;
  await audit(tools, actor, 'catalog.set', `catalog/${provider}/${typeName}`, {
    ...{pricePerHourNanos, usableVramGibPerGpu, disabled},
  });
  return edit;
}

/** As the provider says again: one type, or (null) all. */
export async function resetTypes(
  tools: EditTools,
  actor: Actor,
  provider: ProviderName,
  name: string | null,
): Promise<{reset: number}> {
  const edited = (await tools.catalog.edits(provider)).map(({typeName}) => typeName);
  // One that is edited may not be sold any more.
  const typeName =
    name === null ? null : (edited.find(each => isSame(each, name)) ?? (await knownName(tools, provider, name)));
  const reset = await tools.catalog.dropEdits(provider, typeName);
  if (reset > 0) await audit(tools, actor, 'catalog.reset', `catalog/${provider}/${typeName ?? '*'}`, {reset});
  return {reset};
}

async function knownName(tools: Pick<EditTools, 'catalog'>, provider: ProviderName, name: string): Promise<string> {
  const names = (await showCatalog(tools, provider)).catalog.types.map(type => type.name);
  const found = names.find(each => isSame(each, name));
  if (found !== undefined) return found;
  throw new InventivError('not_found', `${provider} sells no type "${name.slice(0, 80)}".`, {
    hint: didYouMean(name, names) ?? `See what it sells: inventiv catalog types --provider ${provider}`,
    param: 'type',
  });
}

function isSame(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}

async function audit(
  tools: EditTools,
  {scope, userId, correlationId}: Actor,
  action: string,
  subject: string,
  details: {readonly [key: string]: number | boolean | null},
): Promise<void> {
  await tools.audit.append(scope, {actor: userId, action, subject, details, correlationId});
}
