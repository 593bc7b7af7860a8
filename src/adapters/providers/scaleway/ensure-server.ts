import type {Instancev1} from '@scaleway/sdk-instance';
import {InventivError} from '../../../core/errors.ts';
import type {Clock} from '../../../ports/clock.ts';
import type {CallContext, ServerRequest} from '../../../ports/provider.ts';
import {createOnce} from './create-once.ts';
import {findServer} from './find-server.ts';
import {removeRefusedServer} from './local-volume-guard.ts';
import type {MachineFactsCache} from './machine-facts.ts';
import {isGone} from './refusal.ts';
import {present, type ScalewayApis} from './sdk.ts';
import {isTerminating} from './server-view.ts';

/** A stopped server made from an image alone, so that Scaleway adds the boot volume; or the one of that name. */
export async function ensureServer(
  apis: ScalewayApis,
  clock: Clock,
  facts: MachineFactsCache,
  request: ServerRequest,
  call: CallContext,
): Promise<Instancev1.Server> {
  const {thing: server} = await createOnce<Instancev1.Server>({
    clock,
    signal: call.signal,
    find: async () => {
      const found = await findServer(apis, request);
      return found === null || isTerminating(found) ? null : found;
    },
    create: () => createServer(apis, facts, request),
  });
  if (server.commercialType !== request.instanceType) {
    throw new InventivError(
      'conflict',
      `expected server ${request.name} to be a ${request.instanceType}, and it is a ${server.commercialType}.`,
      {hint: 'Terminate it, or ask under another name.', detailCode: 'server_name_taken'},
    );
  }
  if (hasLocalVolume(server) && !(await facts.read(apis, request)).localVolumeAllowed) {
    await removeRefusedServer(apis, clock, server, call);
  }
  return server;
}

/** An image that was replaced since it was looked up is looked up once more: that refusal says that nothing was made. */
async function createServer(
  apis: ScalewayApis,
  facts: MachineFactsCache,
  request: ServerRequest,
): Promise<Instancev1.Server> {
  try {
    return await sendCreate(apis, request, (await facts.read(apis, request)).imageId);
  } catch (error) {
    if (!isGone(error, 'instance_image')) throw error;
    facts.forget(request);
    return sendCreate(apis, request, (await facts.read(apis, request)).imageId);
  }
}

/** No `volumes`: that is what makes the API add a bootable block volume. `protected` is its default. */
async function sendCreate(
  {instance, projectId}: ScalewayApis,
  {zone, name, tags, instanceType, securityGroupId}: ServerRequest,
  image: string,
): Promise<Instancev1.Server> {
  const {server} = await instance.createServer({
    zone,
    name,
    commercialType: instanceType,
    image,
    project: projectId,
    tags: [...tags],
    dynamicIpRequired: true,
    bootType: 'local',
    securityGroup: securityGroupId,
    protected: false,
  });
  return present(server, 'server');
}

/** `b_ssd` no longer exists and would be refused alike. Scratch is not a local volume in this sense. */
function hasLocalVolume({volumes}: Instancev1.Server): boolean {
  return Object.values(volumes).some(({volumeType}) => volumeType === 'l_ssd' || String(volumeType) === 'b_ssd');
}
