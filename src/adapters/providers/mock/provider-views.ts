import type {ProviderIp, ProviderSecurityGroup, ProviderServer, ProviderVolume} from '../../../ports/provider.ts';
import type {CloudIp, CloudSecurityGroup, CloudServer, CloudVolume} from './wire.ts';

export function toServer(server: CloudServer): ProviderServer {
  const {id, name, zone, instanceType, state, tags, volumes, address, ipIds, securityGroupId} = server;
  return {
    providerId: id,
    name,
    zone,
    instanceType,
    state,
    tags,
    volumes: volumes.map(volume => ({
      providerId: volume.id,
      volumeType: volume.volumeType,
      isBoot: volume.boot,
      sizeBytes: null,
    })),
    // No sshd runs here: a shell is opened over the cloud's own socket.
    address: address === null ? null : {...address, sshPort: 0},
    ipIds,
    securityGroupId,
  };
}

export function toVolume(volume: CloudVolume): ProviderVolume {
  const {id, name, volumeType, status, sizeBytes, iops, serverId, tags, createdAtMs} = volume;
  return {providerId: id, name, volumeType, status, sizeBytes, iops, attachedToServerId: serverId, tags, createdAtMs};
}

export function toIp({id, address, serverId, tags}: CloudIp): ProviderIp {
  return {providerId: id, address, attachedToServerId: serverId, tags};
}

export function toSecurityGroup({id, name, tags}: CloudSecurityGroup): ProviderSecurityGroup {
  return {providerId: id, name, tags};
}
