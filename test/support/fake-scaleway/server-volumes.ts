import {type Handler, jsonBody, ok, requiredString} from './api-call.ts';
import {attachToServer, planDetachEnd, startDetach} from './block-lifecycle.ts';
import {invalidArguments, notFound, preconditionFailed} from './errors.ts';
import {findServer} from './instance-lookup.ts';
import {booleanOf, isObject, type Json, stringOf} from './json.ts';
import type {ServerRecord} from './records.ts';
import {serverView} from './server-view.ts';
import {LIVE_DETACH_STARTED_AFTER_MS, LIVE_DETACHED_AFTER_MS} from './timings.ts';
import type {World} from './world.ts';

/** The server forgets the volume at once; on a running server the volume itself takes most of a minute to come loose. */
export const detachVolume: Handler = call => {
  const server = findServer(call);
  const volumeId = requiredString(jsonBody(call), 'volume_id');
  if (![...server.volumes.values()].some(volume => volume.id === volumeId)) {
    throw invalidArguments({
      argument_name: 'volume_id',
      reason: 'constraint',
      help_message: `Volume ${volumeId} is not attached to this server`,
    });
  }
  detach(call.world, server, volumeId);
  return ok({server: serverView(call.world, server)});
};

export const attachVolume: Handler = call => {
  const server = findServer(call);
  const body = jsonBody(call);
  let slot = 0;
  while (server.volumes.has(String(slot))) slot += 1;
  attach(call.world, server, String(slot), requiredString(body, 'volume_id'), booleanOf(body.boot) ?? false);
  return ok({server: serverView(call.world, server)});
};

/** `volumes` of a PATCH is the whole new set: what is not in it any more is detached. */
export function replaceVolumes(world: World, server: ServerRecord, wanted: Json | undefined): void {
  if (!isObject(wanted)) return;
  const ids = Object.values(wanted).map(volume => (isObject(volume) ? stringOf(volume.id) : undefined));
  for (const {id} of [...server.volumes.values()]) if (!ids.includes(id)) detach(world, server, id);
  for (const [slot, volume] of Object.entries(wanted)) {
    const id = isObject(volume) ? stringOf(volume.id) : undefined;
    if (id === undefined || !isObject(volume)) continue;
    const current = [...server.volumes.values()].find(one => one.id === id);
    if (current === undefined) attach(world, server, slot, id, booleanOf(volume.boot) ?? false);
    else current.boot = booleanOf(volume.boot) ?? current.boot;
  }
}

function detach(world: World, server: ServerRecord, volumeId: string): void {
  for (const [slot, volume] of server.volumes) if (volume.id === volumeId) server.volumes.delete(slot);
  const local = world.localVolumes.get(volumeId);
  if (local !== undefined) {
    local.serverId = null;
    local.modifiedAtMs = world.clock.nowMs();
  }
  const block = world.blockVolumes.get(volumeId);
  if (block === undefined) return;
  const live = server.state !== 'stopped';
  world.clock.schedule(live ? LIVE_DETACH_STARTED_AFTER_MS : 0, `volume ${volumeId} detaching`, () => {
    startDetach(block);
    planDetachEnd(world, block, live ? LIVE_DETACHED_AFTER_MS : undefined);
  });
}

function attach(world: World, server: ServerRecord, slot: string, volumeId: string, boot: boolean): void {
  const block = world.blockVolumes.get(volumeId);
  const local = world.localVolumes.get(volumeId);
  if (block === undefined && local === undefined) throw notFound('instance_volume', volumeId);
  if ((block?.references.length ?? 0) > 0 || (local !== undefined && local.serverId !== null)) {
    throw preconditionFailed('instance', 'resource_still_in_use', 'volume is attached to another server');
  }
  if (block !== undefined) attachToServer(world, block, server.id);
  if (local !== undefined) {
    local.serverId = server.id;
    local.modifiedAtMs = world.clock.nowMs();
  }
  server.volumes.set(slot, {kind: block === undefined ? 'local' : 'sbs', id: volumeId, boot});
}
