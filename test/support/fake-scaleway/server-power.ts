import {planDetachEnd, startDetach} from './block-lifecycle.ts';
import {findType, gpuCount, localVolumesMaxBytes} from './catalog.ts';
import {invalidArguments} from './errors.ts';
import {detachIp, giveDynamicIp, ipsOf, releaseDynamicIps} from './ip-lifecycle.ts';
import {numberOf} from './json.ts';
import type {BlockVolumeRecord, LocalVolumeRecord, ServerRecord, ServerState} from './records.ts';
import * as timings from './timings.ts';
import type {World} from './world.ts';

export function powerOn(world: World, server: ServerRecord): void {
  checkLocalStorage(world, server);
  const inPlace = server.state === 'stopped in place';
  begin(world, server, 'starting', inPlace ? server.stateDetail : 'allocating node');
  const withoutStock = world.faults.strike('no_stock_after_poweron', {type: server.commercialType, zone: server.zone});
  if (withoutStock === undefined) {
    world.machines.powerOn(world, server);
    planStart(world, server);
  } else {
    const delayMs = numberOf(withoutStock.settings.delayMs) ?? timings.NODE_ALLOCATED_AFTER_MS;
    later(world, server, delayMs, 'no node for', () => stop(world, server));
  }
}

export function powerOff(world: World, server: ServerRecord): void {
  world.machines.powerOff(server.id);
  begin(world, server, 'stopping', 'stopping');
  planStop(world, server);
}

export function stopInPlace(world: World, server: ServerRecord): void {
  world.machines.powerOff(server.id);
  begin(world, server, 'stopping', 'stopping in place');
  planStopInPlace(world, server);
}

export function reboot(world: World, server: ServerRecord): void {
  begin(world, server, 'stopping', 'rebooting');
  planReboot(world, server);
}

/** Removes the server with its local volumes; leaves Block volumes and flexible IPs. */
export function terminate(world: World, server: ServerRecord): void {
  world.machines.powerOff(server.id);
  begin(world, server, 'stopping', 'terminating');
  planTermination(world, server);
}

/** Plans how a server that was put in the world in the middle of something goes on. */
export function resume(world: World, server: ServerRecord): void {
  if (server.state === 'running' && server.stateDetail === 'booting kernel') {
    const bootedInMs = server.modifiedAtMs + timings.GUEST_BOOTED_AFTER_MS - world.clock.nowMs();
    planGuestBoot(world, server, Math.max(0, bootedInMs));
  }
  if (server.state === 'starting') {
    if (server.stateDetail === 'rebooting') later(world, server, 0, 'running', () => run(world, server));
    else planStart(world, server);
  }
  if (server.state !== 'stopping') return;
  const plans: Record<string, (world: World, server: ServerRecord) => void> = {
    'stopping in place': planStopInPlace,
    rebooting: planReboot,
    terminating: planTermination,
  };
  (plans[server.stateDetail] ?? planStop)(world, server);
}

function planStart(world: World, server: ServerRecord): void {
  if (server.stateDetail === 'allocating node') {
    later(world, server, timings.NODE_ALLOCATED_AFTER_MS, 'node allocated for', () => {
      server.stateDetail = 'provisioning node';
      server.location = makeLocation(world, server);
    });
  }
  later(world, server, startDuration(world, server), 'running', () => run(world, server));
}

function planStop(world: World, server: ServerRecord): void {
  later(world, server, timings.DYNAMIC_IP_RELEASED_AFTER_MS, 'IP released from', () =>
    releaseDynamicIps(world, server.id),
  );
  later(world, server, timings.STOPPED_AFTER_MS, 'stopped', () => stop(world, server));
}

function planStopInPlace(world: World, server: ServerRecord): void {
  later(world, server, timings.STOPPED_IN_PLACE_AFTER_MS, 'stopped in place', () =>
    become(world, server, 'stopped in place', 'stopped in place'),
  );
}

function planReboot(world: World, server: ServerRecord): void {
  later(world, server, timings.REBOOT_DOWN_AFTER_MS, 'going up', () => become(world, server, 'starting', 'rebooting'));
  later(world, server, timings.REBOOT_UP_AFTER_MS, 'running', () => run(world, server));
}

function planTermination(world: World, server: ServerRecord): void {
  const locals = localVolumesOf(world, server);
  const blocks = blockVolumesOf(world, server);
  if (locals.length > 0) {
    later(world, server, timings.TERMINATE_MARKED_AFTER_MS, 'volumes deleted with', () => {
      for (const volume of locals) volume.state = 'deleting';
      server.beingDeleted = true;
    });
  }
  later(world, server, timings.TERMINATE_DETACHING_AFTER_MS, 'volumes leaving', () => blocks.forEach(startDetach));
  later(world, server, terminateDuration(world, server), 'gone', () => {
    for (const volume of locals) world.localVolumes.delete(volume.id);
    removeServer(world, server);
  });
}

/** DELETE of a stopped server: gone at once; local volumes stay, Block volumes stay and are detached. */
export function removeServer(world: World, server: ServerRecord): void {
  server.generation += 1;
  world.machines.powerOff(server.id);
  for (const volume of blockVolumesOf(world, server)) {
    startDetach(volume);
    planDetachEnd(world, volume);
  }
  for (const volume of localVolumesOf(world, server)) {
    volume.serverId = null;
    volume.modifiedAtMs = world.clock.nowMs();
  }
  for (const ip of ipsOf(world, server.id)) detachIp(world, ip);
  world.servers.delete(server.id);
}

function run(world: World, server: ServerRecord): void {
  become(world, server, 'running', 'booting kernel');
  giveDynamicIp(world, server);
  const vanishes = world.faults.strike('server_vanishes', {type: server.commercialType, zone: server.zone});
  if (vanishes !== undefined) {
    world.clock.schedule(numberOf(vanishes.settings.delayMs) ?? 0, `server ${server.id} vanishes`, () => {
      if (world.servers.has(server.id)) removeServer(world, server);
    });
  }
  planGuestBoot(world, server, timings.GUEST_BOOTED_AFTER_MS);
}

/** The guest reports by itself that it booted, even while the server is already being stopped. */
function planGuestBoot(world: World, server: ServerRecord, delayMs: number): void {
  world.clock.schedule(delayMs, `server ${server.id} booted`, () => {
    if (server.state === 'running' || server.state === 'stopping') server.stateDetail = 'booted';
    for (const ip of ipsOf(world, server.id)) if (ip.state === 'pending') ip.state = 'attached';
  });
}

function stop(world: World, server: ServerRecord): void {
  releaseDynamicIps(world, server.id);
  server.location = null;
  become(world, server, 'stopped', '');
}

/** A new action: whatever an earlier one had planned no longer happens. */
function begin(world: World, server: ServerRecord, state: ServerState, detail: string): void {
  server.generation += 1;
  become(world, server, state, detail);
}

function become(world: World, server: ServerRecord, state: ServerState, detail: string): void {
  server.state = state;
  server.stateDetail = detail;
  server.modifiedAtMs = world.clock.nowMs();
}

function later(world: World, server: ServerRecord, delayMs: number, what: string, run: () => void): void {
  const {generation} = server;
  world.clock.schedule(delayMs, `server ${server.id} ${what}`, () => {
    if (server.generation === generation) run();
  });
}

function startDuration(world: World, server: ServerRecord): number {
  if (isGpu(world, server)) return timings.RUNNING_WITH_GPU_AFTER_MS;
  const root = server.volumes.get('0');
  return root?.kind === 'local' ? timings.RUNNING_WITH_LOCAL_ROOT_AFTER_MS : timings.RUNNING_AFTER_MS;
}

function terminateDuration(world: World, server: ServerRecord): number {
  return isGpu(world, server) ? timings.TERMINATED_WITH_GPU_AFTER_MS : timings.TERMINATED_AFTER_MS;
}

function isGpu(world: World, server: ServerRecord): boolean {
  return gpuCount(findType(world.catalog, server.zone, server.commercialType)) > 0;
}

/** Types without local storage accept an l_ssd root at creation and refuse it here. */
function checkLocalStorage(world: World, server: ServerRecord): void {
  const maxBytes = localVolumesMaxBytes(findType(world.catalog, server.zone, server.commercialType));
  const usedBytes = localVolumesOf(world, server)
    .filter(volume => volume.volumeType === 'l_ssd')
    .reduce((sum, volume) => sum + volume.sizeBytes, 0);
  if (usedBytes <= maxBytes) return;
  throw invalidArguments({
    argument_name: 'volumes',
    reason: 'constraint',
    help_message:
      'The total size of local-volume(s) (volumes of type l_ssd) must be ' +
      `${maxBytes === 0 ? 'equal to 0GB' : `at most ${maxBytes / 1_000_000_000}GB`} for ${server.commercialType}`,
  });
}

function blockVolumesOf(world: World, server: ServerRecord): BlockVolumeRecord[] {
  return [...server.volumes.values()].flatMap(({id}) => world.blockVolumes.get(id) ?? []);
}

function localVolumesOf(world: World, server: ServerRecord): LocalVolumeRecord[] {
  return [...server.volumes.values()].flatMap(({id}) => world.localVolumes.get(id) ?? []);
}

function makeLocation(world: World, server: ServerRecord): {[key: string]: string} {
  const number = world.nextNumber();
  return {
    zone_id: server.zone,
    platform_id: isGpu(world, server) ? '30' : '14',
    cluster_id: String((number % 48) + 1),
    hypervisor_id: String(100 + (number % 20)),
    node_id: String((number % 80) + 1),
  };
}
