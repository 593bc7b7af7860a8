import type {Instancev1} from '@scaleway/sdk-instance';
import type {ProviderRef} from '../../../ports/provider.ts';
import {allPages} from './all-pages.ts';
import {orNull} from './refusal.ts';
import {present, type ScalewayApis} from './sdk.ts';
import {isTerminating} from './server-view.ts';

export async function readServer(
  {instance}: ScalewayApis,
  {zone, providerId}: ProviderRef,
): Promise<Instancev1.Server | null> {
  const answer = await orNull(instance.getServer({zone, serverId: providerId}), 'instance_server');
  return answer === null ? null : present(answer.server, 'server');
}

/** Servers of the project, of one name or all. */
export function listServers({instance, projectId}: ScalewayApis, zone: string, name?: string) {
  return allPages(async ({page, pageSize}) => {
    const answer = await instance.listServers({
      zone,
      project: projectId,
      page,
      perPage: pageSize,
      ...(name === undefined ? {} : {name}),
    });
    return {items: answer.servers, totalCount: answer.totalCount};
  });
}

/** Names are not unique and the filter finds parts of names: the oldest of exactly that name, those ending last. */
export async function findServer(
  apis: ScalewayApis,
  {zone, name}: {zone: string; name: string},
): Promise<Instancev1.Server | null> {
  const named = (await listServers(apis, zone, name))
    .filter(server => server.name === name)
    .sort((a, b) => (a.creationDate?.getTime() ?? 0) - (b.creationDate?.getTime() ?? 0));
  return named.find(server => !isTerminating(server)) ?? named[0] ?? null;
}
