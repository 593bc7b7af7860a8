import {isObject, type Json, type JsonObject, parseJson, stringOf} from '../json.ts';
import type {Kind} from './kinds.ts';
import type {Interaction} from './recording.ts';

/** Statuses by which the API refuses to change a thing that exists. */
export const REFUSALS = [400, 409, 412];

/** State a server must have been in for an action to be accepted. */
const STATE_BEFORE: Record<string, string> = {
  poweron: 'stopped',
  poweroff: 'running',
  terminate: 'running',
  reboot: 'running',
  stop_in_place: 'running',
};

/** A thing as it was before the call that is about to change it, told from how it looks afterwards. */
export function rewind(kind: Kind, interaction: Interaction, after: JsonObject): JsonObject {
  if (kind === 'server') return rewindServer(interaction, after);
  if (kind === 'ip' && interaction.method === 'PATCH') return {...after, server: null, state: 'detached'};
  if (kind === 'iamGroup') return rewindGroup(interaction, after);
  if (kind === 'blockVolume' && after.status === 'updating') {
    const attached = Array.isArray(after.references) && after.references.length > 0;
    return {...after, status: attached ? 'in_use' : 'available'};
  }
  return after;
}

/** The volume about to be detached is still in the first free slot. */
function withVolume(volumes: JsonObject, id: string): JsonObject {
  let slot = 0;
  while (volumes[String(slot)] !== undefined) slot += 1;
  return {...volumes, [slot]: {id, volume_type: 'sbs_volume', boot: false}};
}

/** The member about to leave is still there. */
function rewindGroup(interaction: Interaction, after: JsonObject): JsonObject {
  const request = parseJson(interaction.requestBody ?? '');
  const leaving = isObject(request) && interaction.path.endsWith('/remove-member') && interaction.status !== 404;
  if (!leaving) return {application_ids: [], user_ids: [], ...after};
  const list = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);
  const members = (name: string, left: Json | undefined): Json[] => [
    ...new Set([...list(after[name]), ...(left === undefined ? [] : [left])]),
  ];
  return {
    ...after,
    application_ids: members('application_ids', request.application_id),
    user_ids: members('user_ids', request.user_id),
  };
}

function rewindServer(interaction: Interaction, after: JsonObject): JsonObject {
  const request = parseJson(interaction.requestBody ?? '');
  const action = isObject(request) ? (stringOf(request.action) ?? '') : '';
  const state = STATE_BEFORE[action];
  const detached = isObject(request) ? stringOf(request.volume_id) : undefined;
  if (detached !== undefined && interaction.path.endsWith('/detach-volume') && interaction.status < 400) {
    return {...after, volumes: withVolume(isObject(after.volumes) ? after.volumes : {}, detached)};
  }
  if (interaction.method === 'DELETE') return {...after, state: 'stopped', state_detail: ''};
  if (state === undefined || interaction.status >= 400) return after;
  const stopped = state === 'stopped';
  return {
    ...after,
    state,
    state_detail: stopped ? '' : 'booting kernel',
    location: stopped ? null : (after.location ?? null),
  };
}
