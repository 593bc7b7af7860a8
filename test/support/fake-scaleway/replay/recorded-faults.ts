import {isObject, type Json, type JsonObject, stringOf} from '../json.ts';
import type {World} from '../world.ts';
import type {Interaction} from './recording.ts';

const STRANGER_TOKEN = '99999999-9999-4999-8999-999999999999';

/**
 * Errors that do not follow from the calls, but from the account or the moment: no rights, a full quota, a burst,
 * a fault inside. They are switched on for the one call that met them, and the fake must then answer them the same way.
 * Returns the secret key to use for the call.
 */
export function armRecordedFault(world: World, interaction: Interaction, token: string): string {
  const body = isObject(interaction.body) ? interaction.body : {};
  const type = stringOf(body.type) ?? '';
  if (interaction.status === 401) return strangerToken(world, stringOf(body.reason) ?? '');
  const fault = faultFor(interaction, type, body);
  if (fault !== undefined) {
    const problem = world.faults.add({...fault, method: interaction.method, path: `^${interaction.path}$`, times: 1});
    if (typeof problem === 'string') throw new Error(problem);
  }
  return token;
}

function strangerToken(world: World, reason: string): string {
  if (reason === 'invalid_argument') return 'not-a-secret-key';
  if (reason === 'expired') world.tokens.set(STRANGER_TOKEN, {expired: true});
  return STRANGER_TOKEN;
}

function faultFor(interaction: Interaction, type: string, body: JsonObject): JsonObject | undefined {
  const detail = Array.isArray(body.details) && isObject(body.details[0]) ? body.details[0] : {};
  if (interaction.status === 429) return {kind: 'rate_limited'};
  switch (type) {
    case 'permissions_denied':
      return {kind: type, ...pick(detail, ['action', 'resource'])};
    case 'quotas_exceeded':
      return {kind: type, ...pick(detail, ['resource', 'quota', 'current'])};
    case 'transient_state':
      return {kind: type, ...pick(body, ['resource', 'current_state'])};
    case 'out_of_stock':
      return {kind: type, ...pick(body, ['resource'])};
    case 'server_error':
      return {kind: type};
    default:
      return interaction.status >= 500 ? {kind: 'bad_gateway', status: interaction.status} : undefined;
  }
}

function pick(from: JsonObject, names: string[]): JsonObject {
  return Object.fromEntries(
    names.flatMap((name): [string, Json][] => (from[name] === undefined ? [] : [[name, from[name]]])),
  );
}
