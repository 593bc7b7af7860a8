import type {CallContext, OwnedInventory} from '../../../ports/provider.ts';
import type {CloudApi} from './cloud-api.ts';
import {isOurs} from './ownership.ts';
import {toIp, toSecurityGroup, toServer, toVolume} from './provider-views.ts';

/** What carries our mark, and what hangs on a server that does: a boot volume has no mark until it is grown. */
export async function listOwned(api: CloudApi, zone: string, call: CallContext): Promise<OwnedInventory> {
  // Servers last: what a volume hangs on is then at least as new as the volume's word for it.
  const volumes = await api.list('volumes', zone, call);
  const ips = await api.list('ips', zone, call);
  const securityGroups = await api.list('security-groups', zone, call);
  const servers = (await api.list('servers', zone, call)).filter(isOurs);
  const serverIds = new Set(servers.map(server => server.id));
  const hangsOnOurs = ({serverId}: {serverId: string | null}) => serverId !== null && serverIds.has(serverId);
  return {
    servers: servers.map(toServer),
    volumes: volumes.filter(volume => isOurs(volume) || hangsOnOurs(volume)).map(toVolume),
    ips: ips.filter(ip => isOurs(ip) || hangsOnOurs(ip)).map(toIp),
    securityGroups: securityGroups.filter(isOurs).map(toSecurityGroup),
  };
}
