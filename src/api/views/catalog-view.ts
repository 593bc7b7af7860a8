import type {KnownCatalog} from '../../app/show-catalog.ts';
import type {TypeEdit} from '../../core/catalog/instance-type.ts';
import {providerTerms} from '../../core/catalog/provider-terms.ts';
import {regionOfZone} from '../../core/catalog/seed.ts';
import {pricePerMonth} from '../../core/money.ts';
import {isoTime} from '../../core/time.ts';
import type {CatalogView} from '../contract/catalog.ts';

type TypeView = CatalogView['types'][number];

/** The catalogue with the stock of each type where it is sold, and the same seen by zone. */
export function catalogView(provider: string, {catalog, syncedAtMs}: KnownCatalog): CatalogView {
  const stock = new Map(catalog.availability.map(entry => [`${entry.zone} ${entry.typeName}`, entry.stock]));
  const types = catalog.types.map((type): TypeView => {
    const {name, gpuModel, gpuCount, vramGibPerGpu, effectiveVramGibPerGpu, vcpus, ramGib, scratchBytesMax} = type;
    const {pricePerHourNanos, endOfService, localVolumeAllowed} = type;
    return {
      ...{name, gpuModel, gpuCount, vramGibPerGpu, effectiveVramGibPerGpu, vcpus, ramGib, scratchBytesMax},
      ...{pricePerHourNanos, endOfService, localVolumeAllowed},
      pricePerMonthNanos: pricePerMonth(pricePerHourNanos),
      disabled: type.edit?.disabled ?? false,
      edited: type.edit === undefined ? null : editedView(type.edit),
      zones: type.zones.map(zone => ({zone, stock: stock.get(`${zone} ${name}`) ?? 'unknown'})),
    };
  });
  const {blockStoragePerGbMonthNanos, ipPerHourNanos} = providerTerms(provider);
  return {
    provider,
    syncedAt: syncedAtMs === null ? null : isoTime(syncedAtMs),
    types,
    zones: zonesOf(types),
    diskPerGbMonthNanos: blockStoragePerGbMonthNanos,
    ipPerHourNanos,
  };
}

function editedView({pricePerHourNanos, usableVramGibPerGpu, disabled, editedBy, editedAtMs}: TypeEdit) {
  const fields = [
    ...(pricePerHourNanos === null ? [] : ['pricePerHourNanos']),
    ...(usableVramGibPerGpu === null ? [] : ['effectiveVramGibPerGpu']),
    ...(disabled ? ['disabled'] : []),
  ];
  return {fields, by: editedBy, at: isoTime(editedAtMs)};
}

function zonesOf(types: readonly TypeView[]): CatalogView['zones'] {
  const names = [...new Set(types.flatMap(type => type.zones.map(({zone}) => zone)))].sort();
  return names.map(name => {
    const stocks = types.flatMap(type => type.zones.filter(({zone}) => zone === name).map(({stock}) => stock));
    const typesInStock = stocks.filter(stock => stock === 'available' || stock === 'scarce').length;
    return {name, region: regionOfZone(name), typesSold: stocks.length, typesInStock};
  });
}
