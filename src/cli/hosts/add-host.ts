import {asInventivError, InventivError} from '../../core/errors.ts';
import type {ApiClient, HostView} from '../api-client.ts';
import {type TrustOptions, trustKey} from './trust-key.ts';

export interface AddHostWish {
  readonly ssh: string;
  readonly name?: string | undefined;
  readonly openaiPort?: number | undefined;
  readonly agentPort?: number | undefined;
}

/** Looks, asks, adds; null when the key was not trusted. A refused login tells which key the machine has to know. */
export async function addHost(
  client: ApiClient,
  {ssh, name, openaiPort, agentPort}: AddHostWish,
  options: TrustOptions,
): Promise<HostView | null> {
  const look = await client.hosts.look({ssh});
  if (look.known !== null) {
    throw new InventivError('conflict', `${ssh} is known already, as the host "${look.known}".`, {
      hint: `Look at it again: inventiv hosts check ${look.known}. Or forget it first: inventiv hosts remove ${look.known}`,
    });
  }

  if (!(await trustKey(look, options))) return null;
  const {type, base64} = look.key;
  try {
    return await client.hosts.add({
      ssh,
      key: {type, base64},
      ...(name === undefined ? {} : {name}),
      ...(openaiPort === undefined ? {} : {openaiPort}),
      ...(agentPort === undefined ? {} : {agentPort}),
    });
  } catch (error) {
    if (asInventivError(error).code === 'provider_auth')
      options.note(`This installation's key, for ~${look.user}/.ssh/authorized_keys there:\n  ${look.publicKey}`);
    throw error;
  }
}
