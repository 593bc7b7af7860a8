import {InventivError} from '../../../core/errors.ts';
import type {ProviderRef} from '../../../ports/provider.ts';
import {readServer} from './find-server.ts';
import {isGone, isWrongState} from './refusal.ts';
import type {ScalewayApis} from './sdk.ts';
import {isTerminating} from './server-view.ts';

/** Asks for power. "Server should be stopped" may mean that it starts already: the server itself tells. */
export async function powerOn(apis: ScalewayApis, ref: ProviderRef): Promise<void> {
  const {zone, providerId: serverId} = ref;
  try {
    await apis.instance.serverAction({zone, serverId, action: 'poweron'});
  } catch (error) {
    if (!isWrongState(error)) throw error;
    const server = await readServer(apis, ref);
    if (server === null || (server.state !== 'starting' && server.state !== 'running')) throw error;
  }
}

/**
 * A running server is terminated, a stopped one deleted; each of the two is refused in the other state. In between
 * nothing can be done but wait.
 */
export async function terminateServer(
  apis: ScalewayApis,
  ref: ProviderRef,
): Promise<'requested' | 'settling' | 'gone'> {
  const {zone, providerId: serverId} = ref;
  const server = await readServer(apis, ref);
  if (server === null) return 'gone';
  if (isTerminating(server)) return 'requested';
  try {
    switch (server.state) {
      case 'running':
        await apis.instance.serverAction({zone, serverId, action: 'terminate'});
        return 'requested';
      case 'stopped':
      case 'stopped in place':
        await apis.instance.deleteServer({zone, serverId});
        return 'requested';
      case 'locked':
        throw new InventivError('conflict', `Scaleway has locked the server ${serverId}.`, {
          hint: 'Only its support can unlock it: console > Support.',
          detailCode: 'server_locked',
        });
      default:
        return 'settling';
    }
  } catch (error) {
    if (isGone(error, 'instance_server')) return 'gone';
    if (isWrongState(error)) return 'settling';
    throw error;
  }
}
