import {isObject, type Json, type JsonObject, stringOf} from '../json.ts';

/** The kinds of things that have an id of their own in a path. */
export type Kind =
  | 'server'
  | 'localVolume'
  | 'ip'
  | 'securityGroup'
  | 'image'
  | 'blockVolume'
  | 'snapshot'
  | 'sshKey'
  | 'iamGroup'
  | 'marketplaceImage'
  | 'localImage';

interface KindPath {
  kind: Kind;
  /** Path of the collection. */
  pattern: RegExp;
  /** Key of a single one in its answer; null when it is the whole answer. */
  single: string | null;
  /** Key of the list in the answer to a list call. */
  list: string;
}

const INSTANCE = '^/instance/v1/zones/[^/]+';
const BLOCK = '^/block/[^/]+/zones/[^/]+';

const KIND_PATHS: KindPath[] = [
  kindPath('server', `${INSTANCE}/servers`, 'server', 'servers'),
  kindPath('localVolume', `${INSTANCE}/volumes`, 'volume', 'volumes'),
  kindPath('ip', `${INSTANCE}/ips`, 'ip', 'ips'),
  kindPath('securityGroup', `${INSTANCE}/security_groups`, 'security_group', 'security_groups'),
  kindPath('image', `${INSTANCE}/images`, 'image', 'images'),
  kindPath('blockVolume', `${BLOCK}/volumes`, null, 'volumes'),
  kindPath('snapshot', `${BLOCK}/snapshots`, null, 'snapshots'),
  kindPath('sshKey', '^/iam/[^/]+/ssh-keys', null, 'ssh_keys'),
  kindPath('iamGroup', '^/iam/[^/]+/groups', null, 'groups'),
  kindPath('marketplaceImage', '^/marketplace/v2/images', null, 'images'),
  kindPath('localImage', '^/marketplace/v2/local-images', null, 'local_images'),
];

/** What a path is about: the kind, and the id after it if any. `rest` is what follows the id. */
export interface PathMeaning {
  kind: Kind;
  id: string | undefined;
  rest: string;
}

export function meaningOf(path: string): PathMeaning | undefined {
  for (const {kind, pattern} of KIND_PATHS) {
    const match = pattern.exec(path);
    if (match !== null) return {kind, id: match[1], rest: match[2] ?? ''};
  }
  return undefined;
}

/** The things of that kind shown in an answer: one, or those of a list. */
export function sightingsIn(kind: Kind, body: Json | undefined): JsonObject[] {
  const shape = KIND_PATHS.find(entry => entry.kind === kind);
  if (!isObject(body) || shape === undefined) return [];
  const list = body[shape.list];
  if (Array.isArray(list)) return list.filter(isObject);
  const single = shape.single === null ? body : body[shape.single];
  return isObject(single) && stringOf(single.id) !== undefined ? [single] : [];
}

function kindPath(kind: Kind, path: string, single: string | null, list: string): KindPath {
  return {kind, pattern: new RegExp(`${path}(?:/([^/]+)(.*))?/?$`), single, list};
}
