import {implement} from '@orpc/server';
import {type Actor, addHost, checkHost, listHosts, lookAtHost, removeHost} from '../../app/hosts.ts';
import type {Host, HostClaim} from '../../core/host/host.ts';
import {instanceIdOf} from '../../core/reconcile/ownership.ts';
import {type ApiContext, checkPermission} from '../context.ts';
import {type HostView, hostsContract} from '../contract/hosts.ts';
import {hostView} from '../views/host-view.ts';

const api = implement(hostsContract).$context<ApiContext>().use(checkPermission);

export const hosts = {
  look: api.look.handler(async ({input, context: {tools, caller}, signal}) => {
    const {user, address, port, key, pinned, known, publicKey} = await lookAtHost(
      tools,
      caller.scope,
      input.ssh,
      signal,
    );
    return {
      ...{user, address, port, publicKey},
      key: {...key},
      pinnedFingerprint: pinned?.fingerprint ?? null,
      known: known?.name ?? null,
    };
  }),

  add: api.add.handler(async ({input, context, signal}) => {
    const {tools, caller} = context;
    const {ssh, name, key, openaiPort, agentPort} = input;
    const wish = {ssh, name: name ?? null, key, openaiPort, agentPort};
    return view(context, await addHost(tools, caller.scope, wish, actorOf(context), signal));
  }),

  list: api.list.handler(async ({context}) => {
    const found = await listHosts(context.tools, context.caller.scope);
    return Promise.all(found.map(({host, claim}) => view(context, host, claim)));
  }),

  check: api.check.handler(async ({input, context, signal}) => {
    const {tools, caller} = context;
    const request = {host: input.host, key: input.key ?? null};
    return view(context, await checkHost(tools, caller.scope, request, actorOf(context), signal));
  }),

  remove: api.remove.handler(async ({input, context}) => {
    const {name} = await removeHost(context.tools, context.caller.scope, input, actorOf(context));
    return {name};
  }),
};

async function view(context: ApiContext, host: Host, known?: HostClaim | null): Promise<HostView> {
  const {tools, caller} = context;
  const claim = known === undefined ? await claimOn(context, host) : known;
  const instanceId = claim === null ? null : instanceIdOf(claim.tags);
  const instance = instanceId === null ? null : await tools.instances.find(caller.scope, instanceId);
  return hostView(host, instance?.name ?? claim?.name ?? null, await tools.hostKeys.pinned(host));
}

async function claimOn({tools, caller}: ApiContext, host: Host): Promise<HostClaim | null> {
  return (await tools.hosts.claims(caller.scope)).find(({hostId}) => hostId === host.id) ?? null;
}

function actorOf({caller, tools}: ApiContext): Actor {
  return {userName: caller.userName, correlationId: tools.ids.next('correlation')};
}
