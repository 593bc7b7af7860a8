import type {Instancev1} from '@scaleway/sdk-instance';
import type {ProviderServer, ProviderServerState, ServerAddress, ServerVolume} from '../../../ports/provider.ts';
import {requireText} from './require-text.ts';

/** From a public address to where its ports are reached; tests put another machine there. */
export type AddressFor = (ip: string) => ServerAddress;

export const directAddress: AddressFor = ip => ({host: ip, sshPort: 22, openaiPort: 8000, agentPort: 8080});

export function toServer(server: Instancev1.Server, addressFor: AddressFor): ProviderServer {
  const {id, name, zone, commercialType, tags, publicIps, securityGroup} = server;
  requireText({id, name, state: server.state, commercial_type: commercialType}, 'server');
  const ip = publicIps.find(({family, address}) => family === 'inet' && address !== '');
  return {
    providerId: id,
    name,
    zone,
    instanceType: commercialType,
    state: stateOf(server),
    tags: tags ?? [],
    volumes: volumesOf(server),
    address: ip === undefined ? null : addressFor(ip.address),
    ipIds: publicIps.filter(({dynamic}) => !dynamic).map(publicIp => publicIp.id),
    securityGroupId: securityGroup?.id ?? null,
  };
}

/** Its own state and detail say that a server ends; its state alone is the same as at a power-off. */
export function isTerminating({state, stateDetail, allowedActions}: Instancev1.Server): boolean {
  return state === 'stopping' && (stateDetail === 'terminating' || allowedActions?.length === 0);
}

/** The root is key "0": `boot` is false even there. Block volumes have no size here, only in their own API. */
export function volumesOf({volumes}: Instancev1.Server): ServerVolume[] {
  return Object.entries(volumes).map(([key, {id, volumeType, size}]) => ({
    providerId: id,
    volumeType,
    isBoot: key === '0',
    sizeBytes: size ?? null,
  }));
}

/** `stopped in place` keeps its GPU and its price, and accepts a power-on like a stopped one. */
const states: Readonly<Record<string, ProviderServerState>> = {
  stopped: 'stopped',
  'stopped in place': 'stopped',
  starting: 'starting',
  running: 'running',
  stopping: 'stopping',
  locked: 'locked',
};

function stateOf(server: Instancev1.Server): ProviderServerState {
  return isTerminating(server) ? 'terminating' : (states[server.state] ?? 'unknown');
}
