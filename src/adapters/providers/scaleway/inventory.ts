import {ownerTag} from '../../../core/instance/resource-names.ts';
import type {OwnedInventory, ProviderIp, ProviderSecurityGroup, ProviderVolume} from '../../../ports/provider.ts';
import {allPages} from './all-pages.ts';
import {listServers} from './find-server.ts';
import type {ScalewayApis} from './sdk.ts';
import {type AddressFor, toServer} from './server-view.ts';
import {blockVolumeView, localVolumeView} from './volume-view.ts';

/**
 * What carries our tag, and what hangs on a server that does: a boot volume has no tag until it is grown. Everything of
 * the project is read, as an attachment cannot be filtered for; nothing else of it is returned.
 */
export async function listOwned(apis: ScalewayApis, zone: string, addressFor: AddressFor): Promise<OwnedInventory> {
  // Servers last: what a volume hangs on is then at least as new as the volume's word for it.
  const volumes = [...(await listBlockVolumes(apis, zone)), ...(await listLocalVolumes(apis, zone))];
  const ips = await listIps(apis, zone);
  const securityGroups = await listSecurityGroups(apis, zone);
  const servers = (await listServers(apis, zone)).filter(isOurs).map(server => toServer(server, addressFor));
  const serverIds = new Set(servers.map(server => server.providerId));
  const isOursOrOnOurs = (thing: ProviderVolume | ProviderIp): boolean =>
    isOurs(thing) || (thing.attachedToServerId !== null && serverIds.has(thing.attachedToServerId));
  return {
    servers,
    volumes: volumes.filter(isOursOrOnOurs),
    ips: ips.filter(isOursOrOnOurs),
    securityGroups: securityGroups.filter(isOurs),
  };
}

function isOurs({tags}: {readonly tags: readonly string[]}): boolean {
  return tags.includes(ownerTag);
}

async function listBlockVolumes({block, projectId}: ScalewayApis, zone: string): Promise<ProviderVolume[]> {
  const volumes = await allPages(async ({page, pageSize}) => {
    const answer = await block.listVolumes({zone, projectId, includeDeleted: false, page, pageSize});
    return {items: answer.volumes, totalCount: answer.totalCount};
  });
  return volumes.map(blockVolumeView);
}

async function listLocalVolumes({instance, projectId}: ScalewayApis, zone: string): Promise<ProviderVolume[]> {
  const volumes = await allPages(async ({page, pageSize}) => {
    const answer = await instance.listVolumes({zone, project: projectId, page, perPage: pageSize});
    return {items: answer.volumes, totalCount: answer.totalCount};
  });
  return volumes.map(localVolumeView);
}

async function listIps({instance, projectId}: ScalewayApis, zone: string): Promise<ProviderIp[]> {
  const ips = await allPages(async ({page, pageSize}) => {
    const answer = await instance.listIps({zone, project: projectId, page, perPage: pageSize});
    return {items: answer.ips, totalCount: answer.totalCount};
  });
  return ips.map(({id, address, prefix, server, tags}) => ({
    providerId: id,
    address: address ?? prefix,
    attachedToServerId: server?.id ?? null,
    tags: tags ?? [],
  }));
}

async function listSecurityGroups({instance, projectId}: ScalewayApis, zone: string): Promise<ProviderSecurityGroup[]> {
  const groups = await allPages(async ({page, pageSize}) => {
    const answer = await instance.listSecurityGroups({zone, project: projectId, page, perPage: pageSize});
    return {items: answer.securityGroups, totalCount: answer.totalCount};
  });
  return groups.map(({id, name, tags}) => ({providerId: id, name, tags: tags ?? []}));
}
