import type {Era} from '../era.ts';
import {isObject} from '../json.ts';
import {sightingsIn} from './kinds.ts';
import type {Interaction} from './recording.ts';

/** The API of 2023 gave a few answers differently; what year it changed is only known from the recordings. */
const OLD_API_BEFORE_MS = Date.UTC(2024, 0, 1);

/** Which API made a recording: told by its own answers, else by its date. */
export function eraOf(interactions: Interaction[]): Era {
  const byDate = (interactions[0]?.dateMs ?? Number.POSITIVE_INFINITY) < OLD_API_BEFORE_MS;
  const deletedTwice = repeatedDeletes(interactions).map(({status}) => status);
  const unknownServers = interactions.filter(({path, status}) => path.startsWith('/instance/') && status === 404);
  const servers = interactions.flatMap(({body}) => sightingsIn('server', body));
  const saysUnknown = ({body}: Interaction): boolean => isObject(body) && body.type === 'unknown_resource';
  return {
    deletedTwice: (deletedTwice.length > 0 ? deletedTwice.includes(410) : byDate) ? 'expired' : 'not_found',
    instanceNotFound: (unknownServers.length > 0 ? unknownServers.some(saysUnknown) : byDate)
      ? 'unknown_resource'
      : 'not_found',
    bootscript: servers.length > 0 ? servers.some(server => isObject(server.bootscript)) : byDate,
  };
}

function repeatedDeletes(interactions: Interaction[]): Interaction[] {
  const deleted = new Set<string>();
  return interactions.filter(({method, path, status}) => {
    if (method !== 'DELETE' || !path.startsWith('/block/')) return false;
    if (deleted.has(path)) return true;
    if (status === 204) deleted.add(path);
    return false;
  });
}
