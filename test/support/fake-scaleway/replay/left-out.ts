import {stringOf} from '../json.ts';
import type {World} from '../world.ts';
import type {IdMap} from './id-map.ts';
import {sightingsIn} from './kinds.ts';
import type {Interaction} from './recording.ts';

/** A call the recording must have left out, since its effect shows. */
export interface LeftOutCall {
  path: string;
  action: string;
}

/**
 * Where exchanges were left out just before this one, the power actions among them: a server that the fake has at rest
 * in one state, and that the recording shows in another, was started or stopped in between.
 */
export function leftOutCalls(
  world: World,
  ids: IdMap,
  previous: Interaction | undefined,
  interaction: Interaction,
): LeftOutCall[] {
  if (previous !== undefined && interaction.index <= previous.index + 1) return [];
  return sightingsIn('server', interaction.body).flatMap(shown => {
    const server = world.servers.get(ids.get(String(shown.id)) ?? '');
    const action = server === undefined ? undefined : actionBetween(server.state, stringOf(shown.state) ?? '');
    if (server === undefined || action === undefined) return [];
    return [{path: `/instance/v1/zones/${server.zone}/servers/${server.id}/action`, action}];
  });
}

function actionBetween(from: string, to: string): string | undefined {
  if (from === 'stopped' && (to === 'running' || to === 'starting')) return 'poweron';
  if (from === 'running' && to === 'stopped') return 'poweroff';
  if (from === 'running' && to === 'stopped in place') return 'stop_in_place';
  if (from === 'stopped in place' && (to === 'running' || to === 'starting')) return 'poweron';
  return undefined;
}
