import type {Instancev1} from '@scaleway/sdk-instance';
import type {InstanceType, TypeAvailability} from '../../../core/catalog/instance-type.ts';
import {eurNanos} from '../../../core/money.ts';
import type {ProviderCatalog} from '../../../ports/provider.ts';
import {allPages} from './all-pages.ts';
import {stockOf, toInstanceType} from './instance-types.ts';
import type {ScalewayApis} from './sdk.ts';

/** GPU types of every zone with their stock. A zone that cannot be read makes the whole answer unknown. */
export async function readCatalog(apis: ScalewayApis): Promise<ProviderCatalog> {
  const zones = await Promise.all(
    apis.zones.map(async zone => {
      const [types, stock] = await Promise.all([readServerTypes(apis, zone), readStock(apis, zone)]);
      return {zone, stock, types: [...types].flatMap(([name, type]) => toInstanceType(name, type, zone) ?? [])};
    }),
  );
  return {
    types: mergeZones(zones.flatMap(({types}) => types)),
    availability: zones.flatMap(({zone, types, stock}) =>
      types.map((type): TypeAvailability => ({typeName: type.name, zone, stock: stockOf(stock.get(type.name))})),
    ),
  };
}

/** Every type of a zone by name, GPU or not: hundreds, over several pages. */
export async function readServerTypes(
  {instance}: ScalewayApis,
  zone: string,
): Promise<ReadonlyMap<string, Instancev1.ServerType>> {
  const entries = await allPages(async ({page, pageSize}) => {
    const {servers, totalCount} = await instance.listServersTypes({zone, page, perPage: pageSize});
    return {items: Object.entries(servers), totalCount};
  });
  return new Map(entries);
}

/** Type name -> `available`, `scarce`, `shortage`, or a word not known yet. */
export async function readStock({instance}: ScalewayApis, zone: string): Promise<ReadonlyMap<string, string>> {
  const entries = await allPages(async ({page, pageSize}) => {
    const {servers, totalCount} = await instance.getServerTypesAvailability({zone, page, perPage: pageSize});
    return {items: Object.entries(servers), totalCount};
  });
  return new Map(entries.map(([name, {availability}]): [string, string] => [name, availability]));
}

/**
 * One entry per type with all the zones that sell it. A zone where it is at its end is left out while another has it;
 * where prices differ the highest stands, so that a plan never promises less than the bill.
 */
function mergeZones(sold: readonly InstanceType[]): InstanceType[] {
  const byName = Map.groupBy(sold, type => type.name);
  return [...byName.values()].flatMap(all => {
    const current = all.filter(type => !type.endOfService);
    const offers = current.length > 0 ? current : all;
    const [first] = offers;
    if (first === undefined) return [];
    return {
      ...first,
      zones: offers.flatMap(type => type.zones),
      pricePerHourNanos: eurNanos(Math.max(...offers.map(type => type.pricePerHourNanos))),
    };
  });
}
