import type {CloudState, ServerRecord} from './state.ts';
import {volumesOf} from './state.ts';

/** What the daemon has to do in the world after time has passed. */
export interface Settled {
  readonly changed: boolean;
  /** Servers that have just ended: their directories can go. */
  readonly goneServerIds: readonly string[];
}

/** Moves everything whose time has come. Asking often or seldom, before or after a restart, gives the same states. */
export function settle(state: CloudState, nowMs: number, detachMs: (server: ServerRecord) => number): Settled {
  let changed = false;
  const goneServerIds: string[] = [];
  for (const server of Object.values(state.servers)) {
    if (server.next === null || server.next.atMs > nowMs) continue;
    if (server.next.to !== 'running' && !server.processesEnded) continue;
    changed = true;
    if (server.next.to === 'gone') {
      endServer(state, server, nowMs, detachMs(server));
      goneServerIds.push(server.id);
    } else {
      arrive(server, server.next.to);
    }
  }

  for (const volume of Object.values(state.volumes)) {
    if (volume.resize !== null && volume.resize.atMs <= nowMs) {
      volume.sizeBytes = volume.resize.sizeBytes;
      volume.resize = null;
      changed = true;
    }
    if (volume.detachAtMs !== null && volume.detachAtMs <= nowMs) {
      volume.serverId = null;
      volume.detachAtMs = null;
      changed = true;
    }
  }

  return {changed, goneServerIds};
}

/** The next moment at which `settle` would do something, or null. */
export function nextDeadlineMs(state: CloudState): number | null {
  const times = [
    ...Object.values(state.servers).flatMap(server =>
      server.next !== null && (server.next.to === 'running' || server.processesEnded) ? [server.next.atMs] : [],
    ),
    ...Object.values(state.volumes).flatMap(volume => [volume.resize?.atMs, volume.detachAtMs]),
  ].filter(atMs => typeof atMs === 'number');
  return times.length === 0 ? null : Math.min(...times);
}

/**
 * Volumes and addresses outlive the server; a volume stays attached for a while yet. Scratch disks go with a machine that
 * was on, and stay behind a stopped one that is deleted.
 */
function endServer(state: CloudState, server: ServerRecord, nowMs: number, detachMs: number): void {
  for (const volume of volumesOf(state, server.id)) {
    if (volume.volumeType === 'scratch' && server.state !== 'stopped') delete state.volumes[volume.id];
    else volume.detachAtMs ??= nowMs + detachMs;
  }
  for (const ip of Object.values(state.ips)) {
    if (ip.serverId === server.id) ip.serverId = null;
  }
  delete state.servers[server.id];
}

function arrive(server: ServerRecord, to: 'running' | 'stopped'): void {
  server.state = to;
  server.next = null;
  if (to === 'stopped') {
    server.ipAtMs = null;
    server.sshAtMs = null;
    server.billedFromMs = null;
  }
}
