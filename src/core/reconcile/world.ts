import type {FoundThing, KnownInstance, KnownRow, OwnOrganizations, ReconcileFacts, Sighting} from './facts.ts';
import {keyOf} from './facts.ts';
import {markOf} from './ownership.ts';

/** The facts of a pass, indexed: who belongs to whom. */
export interface World {
  readonly facts: ReconcileFacts;
  /** The row of a found thing, by the thing's key. */
  readonly rowOfThing: ReadonlyMap<string, KnownRow>;
  /** Rows of which something was found. */
  readonly matchedRowIds: ReadonlySet<string>;
  readonly servers: ReadonlyMap<string, FoundThing>;
  /** What hangs on a server, by the server's provider id. */
  readonly thingsOnServer: ReadonlyMap<string, readonly FoundThing[]>;
  /** The instance whose row a server is, by the server's provider id. */
  readonly instanceOfServer: ReadonlyMap<string, KnownInstance>;
  readonly sightings: ReadonlyMap<string, Sighting>;
}

export function indexWorld(facts: ReconcileFacts): World {
  const things = facts.zones.flatMap(zone => (zone.kind === 'listed' ? zone.things : []));
  const rowOfThing = matchRows(things, facts);
  const servers = new Map(things.filter(({kind}) => kind === 'server').map(thing => [thing.providerId, thing]));
  const instanceOfServer = new Map<string, KnownInstance>();
  for (const {resource, instance} of facts.rows) {
    if (resource.kind === 'server' && resource.providerId !== null) instanceOfServer.set(resource.providerId, instance);
  }
  for (const server of servers.values()) {
    const row = rowOfThing.get(keyOf(server));
    if (row !== undefined) instanceOfServer.set(server.providerId, row.instance);
  }

  return {
    facts,
    rowOfThing,
    matchedRowIds: new Set([...rowOfThing.values()].map(({resource}) => resource.id)),
    servers,
    thingsOnServer: Map.groupBy(
      things.filter(({serverId}) => serverId !== null),
      ({serverId}) => serverId ?? '',
    ),
    instanceOfServer,
    sightings: new Map(facts.sightings.map(sighting => [keyOf(sighting), sighting])),
  };
}

/** By provider id; a row that never got one, by its name, and then to one thing of our organizations only: of doubles the oldest. */
function matchRows(
  things: readonly FoundThing[],
  {rows, ...own}: Pick<ReconcileFacts, 'rows'> & OwnOrganizations,
): Map<string, KnownRow> {
  const byId = new Map<string, KnownRow>();
  const byName = new Map<string, KnownRow>();
  for (const row of rows) {
    const {kind, zone, name, providerId, status} = row.resource;
    if (providerId === null) {
      byName.set(`${kind}:${zone}:${name}`, row);
    } else if (status !== 'deleted' || !byId.has(keyOf({kind, providerId}))) {
      byId.set(keyOf({kind, providerId}), row);
    }
  }

  const matched = new Map<string, KnownRow>();
  for (const thing of [...things].sort(oldestFirst)) {
    const known = byId.get(keyOf(thing));
    const nameKey = `${thing.kind}:${thing.zone}:${thing.name}`;
    const named = known === undefined && markOf(thing, own).kind === 'ours' ? byName.get(nameKey) : undefined;
    if (named !== undefined) byName.delete(nameKey);
    const row = known ?? named;
    if (row !== undefined) matched.set(keyOf(thing), row);
  }

  return matched;
}

function oldestFirst(left: FoundThing, right: FoundThing): number {
  const age = (left.createdAtMs ?? Infinity) - (right.createdAtMs ?? Infinity);
  if (age !== 0 && !Number.isNaN(age)) return age;
  return left.providerId < right.providerId ? -1 : left.providerId > right.providerId ? 1 : 0;
}
