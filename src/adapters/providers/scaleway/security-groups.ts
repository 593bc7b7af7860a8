import type {Instancev1} from '@scaleway/sdk-instance';
import type {Clock} from '../../../ports/clock.ts';
import type {CallContext, ProviderRef, SecurityGroupRequest} from '../../../ports/provider.ts';
import {allPages} from './all-pages.ts';
import {createOnce} from './create-once.ts';
import {isGone, isWrongState, ScalewayRefusal} from './refusal.ts';
import {present, type ScalewayApis} from './sdk.ts';
import {groupPolicy, hasGroupPolicy, isSameRules, wantedRules} from './security-group-rules.ts';

/** The group of that name with exactly these rules: made, or adopted and repaired. */
export async function ensureSecurityGroup(
  apis: ScalewayApis,
  clock: Clock,
  request: SecurityGroupRequest,
  call: CallContext,
): Promise<{providerId: string}> {
  const {instance, projectId} = apis;
  const {zone, name, tags} = request;
  const {thing: group, isNew} = await createOnce<Instancev1.SecurityGroup>({
    clock,
    signal: call.signal,
    find: () => findSecurityGroup(apis, request),
    create: async () => {
      const description = 'made by inventiv';
      const wanted = {zone, name, description, project: projectId, tags: [...tags], ...groupPolicy};
      return present((await instance.createSecurityGroup(wanted)).securityGroup, 'security group');
    },
  });
  if (!isNew && !hasGroupPolicy(group)) {
    await instance.updateSecurityGroup({zone, securityGroupId: group.id, ...groupPolicy});
  }
  const rules = wantedRules(request);
  if (isNew || !isSameRules(await listRules(apis, zone, group.id), rules)) {
    await instance.setSecurityGroupRules({zone, securityGroupId: group.id, rules});
  }
  return {providerId: group.id};
}

/** Names are not unique at the provider and its filter finds parts of names: the exact one, the oldest of several. */
export async function findSecurityGroup(
  {instance, projectId}: ScalewayApis,
  {zone, name}: {zone: string; name: string},
): Promise<Instancev1.SecurityGroup | null> {
  const groups = await allPages(async ({page, pageSize}) => {
    const answer = await instance.listSecurityGroups({zone, name, project: projectId, page, perPage: pageSize});
    return {items: answer.securityGroups, totalCount: answer.totalCount};
  });
  return (
    groups
      .filter(group => group.name === name)
      .sort((a, b) => (a.creationDate?.getTime() ?? 0) - (b.creationDate?.getTime() ?? 0))[0] ?? null
  );
}

export async function confirmSecurityGroup(
  apis: ScalewayApis,
  clock: Clock,
  {zone, providerId: serverId}: ProviderRef,
  request: SecurityGroupRequest,
  call: CallContext,
): Promise<void> {
  const {providerId: id} = await ensureSecurityGroup(apis, clock, request, call);
  const server = present((await apis.instance.getServer({zone, serverId})).server, 'server');
  if (server.securityGroup?.id === id) return;
  await apis.instance.updateServer({zone, serverId, securityGroup: {id, name: request.name}});
}

/** Refused while servers are in it. How the refusal is worded differs, so the group itself tells whether it is that. */
export async function deleteSecurityGroup(
  {instance}: ScalewayApis,
  {zone, providerId}: ProviderRef,
): Promise<'deleted' | 'busy'> {
  try {
    await instance.deleteSecurityGroup({zone, securityGroupId: providerId});
    return 'deleted';
  } catch (error) {
    if (isGone(error, 'instance_security_group')) return 'deleted';
    if (isWrongState(error)) return 'busy';
    if (!(error instanceof ScalewayRefusal) || error.answer.status >= 401) throw error;
    const {securityGroup} = await instance.getSecurityGroup({zone, securityGroupId: providerId});
    if ((securityGroup?.servers.length ?? 0) > 0) return 'busy';
    throw error;
  }
}

/** The count of rules is not told: pages are read until a short one. */
function listRules({instance}: ScalewayApis, zone: string, securityGroupId: string) {
  return allPages(async ({page, pageSize}) => {
    const {rules} = await instance.listSecurityGroupRules({zone, securityGroupId, page, perPage: pageSize});
    return {items: rules, totalCount: undefined};
  });
}
