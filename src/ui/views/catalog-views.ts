import {agoText, bytesText, costText, pricePerHourText, pricePerMonthText} from '../amounts.ts';
import type {Screen} from '../screen.ts';
import {type Column, renderTable} from '../table.ts';
import {printableLine} from '../text.ts';

type Stock = 'available' | 'scarce' | 'shortage' | 'unknown';

export interface CatalogTypeShape {
  readonly name: string;
  readonly gpuModel: string;
  readonly gpuCount: number;
  readonly vramGibPerGpu: number;
  readonly effectiveVramGibPerGpu: number;
  readonly vcpus: number;
  readonly ramGib: number;
  readonly scratchBytesMax: number;
  readonly pricePerHourNanos: number;
  readonly pricePerMonthNanos: number;
  readonly endOfService: boolean;
  readonly disabled: boolean;
  readonly edited: {readonly fields: readonly string[]; readonly by: string; readonly at: string} | null;
  readonly zones: readonly {readonly zone: string; readonly stock: Stock}[];
}

export interface CatalogZoneShape {
  readonly name: string;
  readonly region: string;
  readonly typesSold: number;
  readonly typesInStock: number;
}

export interface CatalogShape {
  readonly provider: string;
  readonly syncedAt: string | null;
  readonly types: readonly CatalogTypeShape[];
  readonly zones: readonly CatalogZoneShape[];
  readonly diskPerGbMonthNanos: number;
  readonly ipPerHourNanos: number;
}

export const typeColumnKeys = ['type', 'gpu', 'vram', 'usable', 'vcpus', 'ram', 'scratch', 'price', 'zones'] as const;

export function renderCatalogTypes(catalog: CatalogShape, screen: Screen, wanted?: readonly string[]): string {
  return withFooter(renderTable(catalog.types, typeColumns(screen), screen, wanted), catalog, screen);
}

export function renderCatalogZones(catalog: CatalogShape, screen: Screen): string {
  const columns: Column<CatalogZoneShape>[] = [
    {key: 'zone', title: 'ZONE', text: row => row.name, paint: screen.style.bold},
    {key: 'region', title: 'REGION', text: row => row.region},
    {key: 'sold', title: 'GPU TYPES', text: row => String(row.typesSold), align: 'right'},
    {
      key: 'stock',
      title: 'IN STOCK',
      text: row => (catalog.syncedAt === null ? 'not known' : String(row.typesInStock)),
      align: 'right',
    },
  ];
  return withFooter(renderTable(catalog.zones, columns, screen), catalog, screen);
}

export function renderCatalogPrices(catalog: CatalogShape, screen: Screen): string {
  const columns: Column<CatalogTypeShape>[] = [
    {key: 'type', title: 'TYPE', text: row => printableLine(row.name), paint: screen.style.bold},
    {key: 'hour', title: 'PER HOUR', text: priceText, align: 'right'},
    {
      key: 'gpu',
      title: 'PER GPU',
      text: row => pricePerHourText(row.pricePerHourNanos / row.gpuCount),
      align: 'right',
      leaves: 1,
    },
    {key: 'month', title: 'PER MONTH', text: row => pricePerMonthText(row.pricePerMonthNanos), align: 'right'},
    {key: 'stock', title: 'STOCK', text: row => stockText(row, catalog), minColumns: 10, leaves: 2},
  ];
  const byPrice = catalog.types.toSorted((a, b) => a.pricePerHourNanos - b.pricePerHourNanos);
  const beside = `Beside the machine: disk ${costText(catalog.diskPerGbMonthNanos)} per GB and month, public address ${pricePerHourText(catalog.ipPerHourNanos)}.`;
  return withFooter(`${renderTable(byPrice, columns, screen)}\n\n${beside}`, catalog, screen);
}

/** What is said of a type here now. */
export function renderCatalogEdit(
  edit: {
    readonly type: string;
    readonly pricePerHourNanos: number | null;
    readonly usableVramGibPerGpu: number | null;
    readonly disabled: boolean;
  },
  screen: Screen,
): string {
  const said = [
    ...(edit.pricePerHourNanos === null ? [] : [pricePerHourText(edit.pricePerHourNanos)]),
    ...(edit.usableVramGibPerGpu === null ? [] : [`${gib(edit.usableVramGibPerGpu)} usable per GPU`]),
    ...(edit.disabled ? ['turned off'] : []),
  ];
  return `${screen.style.bold(edit.type)}: ${said.join(` ${screen.symbols.bullet} `) || 'as the provider says'}`;
}

/** What `catalog sync` found. */
export function renderCatalogSync({provider, types, zones}: CatalogShape): string {
  const inStock = types.filter(isInStock).length;
  return `Read from ${provider}: ${types.length} GPU types in ${zones.length} zones, ${inStock} of them in stock somewhere.`;
}

function typeColumns(screen: Screen): Column<CatalogTypeShape>[] {
  return [
    {key: 'type', title: 'TYPE', text: row => printableLine(row.name), paint: screen.style.bold},
    {key: 'gpu', title: 'GPU', text: row => `${row.gpuCount} x ${printableLine(row.gpuModel)}`},
    {key: 'vram', title: 'VRAM', text: row => gib(row.vramGibPerGpu * row.gpuCount), align: 'right'},
    {key: 'usable', title: 'USABLE', text: row => gib(row.effectiveVramGibPerGpu * row.gpuCount), optional: true},
    {key: 'vcpus', title: 'VCPUS', text: row => String(row.vcpus), align: 'right', leaves: 2},
    {key: 'ram', title: 'RAM', text: row => gib(row.ramGib), align: 'right', leaves: 3},
    {
      key: 'scratch',
      title: 'SCRATCH',
      text: row => (row.scratchBytesMax === 0 ? '-' : bytesText(row.scratchBytesMax)),
      align: 'right',
      leaves: 4,
    },
    {key: 'price', title: 'PRICE', text: priceText, align: 'right'},
    {key: 'zones', title: 'ZONES', text: zonesText, minColumns: 26},
  ];
}

/** `fr-par-1 fr-par-2(scarce) pl-waw-2(none)`. */
function zonesText({zones, endOfService, disabled}: CatalogTypeShape): string {
  const marks: Record<Stock, string> = {available: '', scarce: '(scarce)', shortage: '(none)', unknown: ''};
  const shown = zones.map(({zone, stock}) => `${zone}${marks[stock]}`).join(' ');
  if (disabled) return `${shown} (turned off here)`;
  return endOfService ? `${shown} (end of service)` : shown;
}

/** Starred where it is not the provider's. */
function priceText({pricePerHourNanos, edited}: CatalogTypeShape): string {
  return `${edited?.fields.includes('pricePerHourNanos') === true ? '*' : ''}${pricePerHourText(pricePerHourNanos)}`;
}

function stockText(type: CatalogTypeShape, {syncedAt}: CatalogShape): string {
  if (syncedAt === null) return 'not known';
  const where = type.zones.filter(({stock}) => stock === 'available' || stock === 'scarce').map(({zone}) => zone);
  return where.length === 0 ? 'out of stock' : where.join(' ');
}

function isInStock({zones}: CatalogTypeShape): boolean {
  return zones.some(({stock}) => stock === 'available' || stock === 'scarce');
}

function withFooter(table: string, {provider, syncedAt, types}: CatalogShape, screen: Screen): string {
  const age =
    syncedAt === null
      ? `Shipped with this version, never read from ${provider}: inventiv catalog sync --provider ${provider}`
      : `Read from ${provider} ${agoText(syncedAt, screen.nowMs)}.`;
  const edited = types.filter(type => type.edited !== null).map(({name}) => printableLine(name));
  const told =
    edited.length === 0 ? [] : [`Edited here (* = price): ${edited.join(', ')}. Back: inventiv catalog reset TYPE`];
  return `${table}\n\n${[...told, age].map(line => screen.style.dim(line)).join('\n')}`;
}

function gib(value: number): string {
  return `${Number(value.toFixed(1))} GiB`;
}
