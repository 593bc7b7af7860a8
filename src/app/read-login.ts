import {InventivError} from '../core/errors.ts';
import type {Instance} from '../core/instance/instance.ts';
import {isGone} from '../core/instance/state.ts';
import type {HostKeys, ShownHostKey} from '../ports/hosts.ts';
import type {InstanceStore} from '../ports/instances.ts';
import type {CallContext, CloudProvider, ServerAddress} from '../ports/provider.ts';

export interface LoginTools {
  readonly instances: Pick<InstanceStore, 'load'>;
  readonly providerFor: (name: Instance['provider']) => CloudProvider;
  readonly hostKeys: Pick<HostKeys, 'pinned'>;
  readonly hostUser: string;
}

export interface Login {
  readonly instanceId: string;
  readonly user: string;
  readonly host: string;
  readonly port: number;
  readonly hostKey: ShownHostKey;
}

/** How the machine of an instance is logged in to. A machine whose host key nobody pinned yet is refused: nothing is trusted blindly. */
export async function readLogin(tools: LoginTools, instance: Instance, call: CallContext): Promise<Login> {
  const {id, name, provider} = instance;
  if (provider === 'mock') {
    throw new InventivError(
      'invalid_input',
      `"${name}" is on the mock provider, whose machines are directories: there is no SSH.`,
      {
        hint: `See what it wrote: inventiv logs ${name} --source engine`,
      },
    );
  }

  const {host, sshPort: port, sshUser, hostName} = await addressOf(tools, instance, call);
  const place = {address: host, port};
  const hostKey = await (hostName === undefined ? tools.hostKeys.pinned(place, id) : tools.hostKeys.pinned(place));
  if (hostKey === null) {
    throw new InventivError(
      'conflict',
      `The host key of "${name}" is not known here: nobody has logged in to it from this state directory.`,
      {
        hint: `Wait until it is installed (inventiv wait ${name}), or log in from where it was started.`,
        detailCode: 'ssh_host_key_unknown',
      },
    );
  }

  return {instanceId: id, user: sshUser ?? tools.hostUser, host, port, hostKey};
}

async function addressOf(
  {instances, providerFor}: LoginTools,
  {id, name, provider, zone, state}: Instance,
  call: CallContext,
): Promise<ServerAddress> {
  const server = (await instances.load(id))?.resources.find(({kind}) => kind === 'server');
  const providerId = isGone(state) || server === undefined || server.status === 'deleted' ? null : server.providerId;
  const machine = providerId === null ? null : await providerFor(provider).readServer({zone, providerId}, call);
  if (machine?.address != null) return machine.address;
  throw new InventivError('not_found', `"${name}" is ${state} and has no machine with an address now.`, {
    hint: isGone(state) ? 'See what it was: inventiv show NAME' : `Wait for it: inventiv wait ${name}`,
  });
}
