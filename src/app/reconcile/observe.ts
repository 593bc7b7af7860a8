import {SEED_INSTANCE_TYPES} from '../../core/catalog/seed.ts';
import {asInventivError, type InventivError} from '../../core/errors.ts';
import {isGone} from '../../core/instance/state.ts';
import {
  type FoundThing,
  type KnownRow,
  keyOf,
  type ReconcileFacts,
  type Sighting,
  type ZoneListing,
} from '../../core/reconcile/facts.ts';
import {isUnderWay} from '../../core/reconcile/judge-known.ts';
import {carriesMark, instanceIdOf} from '../../core/reconcile/ownership.ts';
import type {CloudProvider, ProviderCatalog} from '../../ports/provider.ts';
import {readCatalog} from '../read-catalog.ts';
import {atOnce} from './at-once.ts';
import {type PriceList, snapshotThing, thingsOf} from './found-things.ts';
import {readById} from './read-by-id.ts';
import type {ReconcileRequest, ReconcileTools} from './tools.ts';

export interface Observed {
  readonly facts: ReconcileFacts;
  readonly prices: PriceList;
  readonly things: ReadonlyMap<string, FoundThing>;
  /** What hangs on a server, by its id at the provider. */
  readonly thingsOnServer: ReadonlyMap<string, readonly FoundThing[]>;
  readonly rowsById: ReadonlyMap<string, KnownRow>;
  readonly sightings: ReadonlyMap<string, Sighting>;
  /** Condemned sightings, by key, of which the provider said that there is nothing left. */
  readonly endedSightings: ReadonlySet<string>;
}

const rowsPerPage = 2000;
/** Things that are not listed where they should be are asked for one by one, at most this many in a pass. */
const directReadsMax = 2000;

/**
 * What the store and the provider say now. The provider is listed first: whatever it lists was written down before it was
 * made, so a row read afterwards is not missed. Throws when not one zone could be asked.
 */
export async function observe(tools: ReconcileTools, request: ReconcileRequest): Promise<Observed> {
  const provider = tools.providerFor(request.provider);
  const catalog = await readCatalog(tools, request.provider, request.call).catch(() => seedCatalog(request));
  const prices: PriceList = {
    provider: request.provider,
    serversByType: new Map(catalog.types.map(type => [type.name, type.pricePerHourNanos])),
  };
  const zoneNames = request.zones ?? (await everyZone(tools, request, catalog));
  const listed = await listZones(provider, zoneNames, prices, request);
  const {reconciliation} = tools.store;
  const rows = await readRows(tools, request, new Set(zoneNames));
  const sightings = (await reconciliation.sightings(request.provider)).filter(({zone}) => zoneNames.includes(zone));
  const organizations = await tools.store.organizations.list();
  const known = await withDeletedRows(tools, request, rows, thingsIn(listed));
  const {things, absentRowIds, endedSightings} = await readUnlisted(provider, {
    listed,
    rows,
    sightings,
    prices,
    request,
  });
  const zones = listed.map(zone =>
    zone.kind === 'unknown'
      ? zone
      : {...zone, things: [...zone.things, ...things.filter(thing => thing.zone === zone.zone)]},
  );
  const everything = thingsIn(zones);
  const named = new Set(everything.map(({tags}) => instanceIdOf(tags)).filter(id => id !== null));
  const instances = await reconciliation.findInstances([...named]);
  return {
    facts: {
      ...{zones, rows: known, absentRowIds, sightings, kinds: request.kinds, nowMs: tools.clock.nowMs()},
      instances: new Map(instances.map(instance => [instance.id, instance])),
      organizationIds: new Set(organizations.map(({id}) => id)),
      claimedOrganizationIds: new Set(request.claimedOrganizationIds ?? []),
      policy: {graceMs: request.graceMs},
    },
    prices,
    endedSightings,
    things: new Map(everything.map(thing => [keyOf(thing), thing])),
    thingsOnServer: Map.groupBy(
      everything.filter(({serverId}) => serverId !== null),
      ({serverId}) => serverId ?? '',
    ),
    rowsById: new Map(known.map(row => [row.resource.id, row])),
    sightings: new Map(sightings.map(sighting => [keyOf(sighting), sighting])),
  };
}

function seedCatalog({provider}: ReconcileRequest): ProviderCatalog {
  return {types: SEED_INSTANCE_TYPES.filter(type => type.provider === provider), availability: []};
}

async function everyZone(
  tools: ReconcileTools,
  {provider}: ReconcileRequest,
  {types, availability}: ProviderCatalog,
): Promise<readonly string[]> {
  const used = await tools.store.reconciliation.usedZones(provider);
  const sold = [...types.flatMap(({zones}) => zones), ...availability.map(({zone}) => zone)];
  return [...new Set([...used, ...sold])].toSorted();
}

async function listZones(
  provider: CloudProvider,
  zones: readonly string[],
  prices: PriceList,
  request: ReconcileRequest,
): Promise<readonly ZoneListing[]> {
  const errors: InventivError[] = [];
  const listings = await atOnce(zones, async (zone): Promise<ZoneListing> => {
    try {
      return {kind: 'listed', zone, things: await listThings(provider, zone, prices, request)};
    } catch (thrown) {
      const error = asInventivError(thrown);
      errors.push(error);
      return {kind: 'unknown', zone, reason: error.message};
    }
  });
  const [first] = errors;
  if (first !== undefined && errors.length === zones.length) throw first;
  return listings;
}

async function listThings(
  provider: CloudProvider,
  zone: string,
  prices: PriceList,
  {kinds, call}: ReconcileRequest,
): Promise<readonly FoundThing[]> {
  const owned = await provider.listOwned(zone, call);
  const snapshots = kinds.includes('snapshot') ? ((await provider.snapshots?.list(zone, call)) ?? []) : [];
  const volumeIds = new Set(owned.volumes.map(({providerId}) => providerId));
  const ours = snapshots.filter(
    snapshot => carriesMark(snapshot) || (snapshot.parentVolumeId !== null && volumeIds.has(snapshot.parentVolumeId)),
  );
  return [...thingsOf(owned, zone, prices), ...ours.map(snapshot => snapshotThing(snapshot, zone, prices))];
}

async function readRows(
  {store}: ReconcileTools,
  {provider}: ReconcileRequest,
  zones: ReadonlySet<string>,
): Promise<readonly KnownRow[]> {
  const rows: KnownRow[] = [];
  for (let afterId: string | null = null; ; ) {
    const page: readonly KnownRow[] = await store.reconciliation.pageRows({provider, afterId, limit: rowsPerPage});
    rows.push(...page.filter(({resource}) => zones.has(resource.zone)));
    afterId = page.at(-1)?.resource.id ?? null;
    if (afterId === null || page.length < rowsPerPage) return rows;
  }
}

/** With the rows, deleted ones too, of what is there and matches no live row. */
async function withDeletedRows(
  {store}: ReconcileTools,
  {provider}: ReconcileRequest,
  rows: readonly KnownRow[],
  things: readonly FoundThing[],
): Promise<readonly KnownRow[]> {
  const liveIds = new Set(rows.map(({resource}) => resource.providerId));
  const unmatched = things.filter(({providerId}) => !liveIds.has(providerId));
  const found = await store.reconciliation.findRows({
    provider,
    providerIds: unmatched.map(({providerId}) => providerId),
    names: unmatched.filter(carriesMark).flatMap(({name}) => (name === null ? [] : [name])),
  });
  const known = new Set(rows.map(({resource}) => resource.id));
  return [...rows, ...found.filter(({resource}) => !known.has(resource.id))];
}

/** Asks by id for rows and condemned sightings that no listing shows: no longer marked is not gone. */
async function readUnlisted(
  provider: CloudProvider,
  {
    listed,
    rows,
    sightings,
    prices,
    request,
  }: Pick<ReconcileFacts, 'rows' | 'sightings'> & {
    listed: readonly ZoneListing[];
    prices: PriceList;
    request: ReconcileRequest;
  },
): Promise<Pick<Observed, 'endedSightings'> & {things: readonly FoundThing[]; absentRowIds: ReadonlySet<string>}> {
  const seen = new Set(thingsIn(listed).map(keyOf));
  const listedZones = new Set(listed.flatMap(zone => (zone.kind === 'listed' ? [zone.zone] : [])));
  const absentRowIds = new Set<string>();
  const endedSightings = new Set<string>();
  const missingRows = rows.flatMap(({resource, instance}) => {
    const {id, kind, zone, name, providerId, providerType} = resource;
    if (providerId === null || seen.has(keyOf({kind, providerId})) || !listedZones.has(zone)) return [];
    if (!request.kinds.includes(kind) || isUnderWay(instance)) return [];
    // An address cannot be asked for: deleting it by its id, once its instance is gone, is safe either way.
    if (kind === 'ip' && isGone(instance.state)) absentRowIds.add(id);
    return [{rowId: id, isBoot: resource.isBoot, kind, zone, name, providerId, providerType}];
  });
  const missingCondemned = sightings
    .filter(sighting => sighting.condemned && listedZones.has(sighting.zone) && !seen.has(keyOf(sighting)))
    .map(sighting => ({...sighting, rowId: null, isBoot: false, name: sighting.name ?? ''}));
  const things: FoundThing[] = [];
  await atOnce([...missingRows, ...missingCondemned].slice(0, directReadsMax), async missing => {
    const answer = await readById(provider, missing, prices, request.call).catch(() => 'unknown' as const);
    if (answer === 'absent' && missing.rowId === null) endedSightings.add(keyOf(missing));
    if (answer === 'absent' && missing.rowId !== null) absentRowIds.add(missing.rowId);
    if (typeof answer === 'object') things.push(answer);
  });
  return {things, absentRowIds, endedSightings};
}

function thingsIn(zones: readonly ZoneListing[]): readonly FoundThing[] {
  return zones.flatMap(zone => (zone.kind === 'listed' ? zone.things : []));
}
