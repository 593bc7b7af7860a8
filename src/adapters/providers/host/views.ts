import {type Host, type HostClaim, hostZone} from '../../../core/host/host.ts';
import type {CallContext, ProviderServer, ServerAddress} from '../../../ports/provider.ts';
import type {ShellTarget} from '../../../ports/shell.ts';

/** A claim as the port's server. Before `powerOn` it is "stopped", like one that was just made. */
export function hostServer(host: Host, claim: HostClaim): ProviderServer {
  return {
    providerId: claim.id,
    name: claim.name,
    zone: hostZone,
    instanceType: host.name,
    state: claim.isPoweredOn ? 'running' : 'stopped',
    tags: claim.tags,
    volumes: [],
    address: claim.isPoweredOn ? hostAddress(host) : null,
    ipIds: [],
    securityGroupId: claim.securityGroup,
  };
}

/** For a look at the host itself, whoever has it. */
export function hostTarget(host: Host, {signal}: CallContext): ShellTarget {
  const target = {instanceId: host.id, serverId: host.id, address: hostAddress(host)};
  return signal === undefined ? target : {...target, signal};
}

function hostAddress({name, user, address, port, openaiPort, agentPort}: Host): ServerAddress {
  return {host: address, sshPort: port, sshUser: user, hostName: name, openaiPort, agentPort};
}
