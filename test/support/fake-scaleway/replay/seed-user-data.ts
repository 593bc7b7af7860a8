import type {World} from '../world.ts';
import type {IdMap} from './id-map.ts';
import {meaningOf} from './kinds.ts';
import type {Interaction} from './recording.ts';

const KEY = /^\/user_data\/([^/]+)$/;

/** User data that a server of the recording had before: read there, and never set by the recording. */
export function seedUserData(world: World, ids: IdMap, interactions: Interaction[], position: number): void {
  const id = meaningOf(interactions[position]?.path ?? '')?.id ?? '';
  const server = world.servers.get(ids.get(id) ?? '');
  if (server === undefined) return;
  const set = new Set<string>();
  for (const [index, interaction] of interactions.entries()) {
    const meaning = meaningOf(interaction.path);
    const key = meaning?.id === id ? KEY.exec(meaning.rest)?.[1] : undefined;
    if (key === undefined || set.has(key)) continue;
    if (interaction.method === 'GET' && interaction.status === 200 && index >= position && !server.userData.has(key)) {
      server.userData.set(key, Buffer.from(interaction.text));
    }
    if (interaction.method !== 'GET') set.add(key);
  }
}
