import {DEFAULT_TOKEN, type World} from '../fake-scaleway/world.ts';
import {scalewayType as instanceType, scalewayZone as zone} from './open-drill-app.ts';

/** What somebody else made by hand in the same project: a server with its volume, a group, an address. */
export async function addForeignThings({url, world}: {url: string; world: World}): Promise<{serverId: string}> {
  const image = world.localImages.find(
    local => local.zone === zone && local.type === 'instance_sbs' && local.compatibleTypes.includes(instanceType),
  );
  const tags = ['team-a', 'inventivity'];
  const server = await post(url, 'servers', {name: 'web', commercial_type: instanceType, image: image?.id, tags});
  await post(url, 'security_groups', {name: 'web', stateful: true, tags});
  await post(url, 'ips', {type: 'routed_ipv4', tags});
  return {serverId: idIn(server, 'server')};
}

/** A call of a zonal API as its documentation writes it. */
export async function post(url: string, path: string, body: unknown, api = '/instance/v1'): Promise<unknown> {
  const response = await fetch(`${url}${api}/zones/${zone}/${path}`, {
    method: 'POST',
    headers: {'Content-Type': 'application/json', 'X-Auth-Token': DEFAULT_TOKEN},
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`POST ${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

export function idIn(answer: unknown, name: string): string {
  const thing: unknown = Object(answer)[name];
  const id: unknown = Object(thing).id;
  if (typeof id !== 'string') throw new Error(`expected an id in ${name}`);
  return id;
}
