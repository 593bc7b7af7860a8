import type {FoundThing} from './facts.ts';
import {keyOf} from './facts.ts';
import {isMadeWithServer, type Mark, markOf} from './ownership.ts';
import type {World} from './world.ts';

/** Whose a thing is. `ours` without an organization: by its row, or because its deletion has begun. */
type Owner = Mark | {readonly kind: 'ours'; readonly organizationId: null};

/**
 * By its own word, before all: nothing makes a thing ours that names an organization of another installation. Then by its
 * row; by the server it was made with; and because this store began its deletion.
 */
export function ownerOf(world: World, thing: FoundThing): Owner {
  const mark = markOf(thing, world.facts);
  if (mark.organizationId !== null) return mark;
  const row = world.rowOfThing.get(keyOf(thing));
  if (row !== undefined) return {kind: 'ours', organizationId: row.instance.organizationId};
  const server = isMadeWithServer(thing) && thing.serverId !== null ? world.servers.get(thing.serverId) : undefined;
  const holder = server === undefined ? mark : ownerOf(world, server);
  if (holder.organizationId !== null) return holder;
  return world.sightings.get(keyOf(thing))?.condemned === true ? {kind: 'ours', organizationId: null} : mark;
}

/** Whether this pass may touch it. */
export function isOurs(world: World, thing: FoundThing): boolean {
  const {kind} = ownerOf(world, thing);
  return kind === 'ours' || kind === 'claimed';
}
