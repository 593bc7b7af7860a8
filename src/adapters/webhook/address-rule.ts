import {BlockList} from 'node:net';

const privateNets: readonly (readonly [string, number, 'ipv4' | 'ipv6'])[] = [
  ['10.0.0.0', 8, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['127.0.0.0', 8, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'],
  ['::1', 128, 'ipv6'],
  ['fc00::', 7, 'ipv6'],
];
/** Never a receiver: link-local (a cloud's metadata service), unspecified, multicast, reserved. */
const neverNets: readonly (readonly [string, number, 'ipv4' | 'ipv6'])[] = [
  ['0.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['192.0.0.0', 24, 'ipv4'],
  ['198.18.0.0', 15, 'ipv4'],
  ['224.0.0.0', 4, 'ipv4'],
  ['240.0.0.0', 4, 'ipv4'],
  ['::', 128, 'ipv6'],
  ['64:ff9b::', 96, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
  ['ff00::', 8, 'ipv6'],
];

const privateList = blockList(privateNets);
const neverList = blockList(neverNets);

/** Whether a webhook may be sent to this address; a reason when not. IPv4 inside IPv6 counts as the IPv4 it is. */
export function refusedAddress(address: string, family: number, allowPrivate: boolean): string | null {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  const plain = mapped ?? address;
  const kind = mapped === undefined && family === 6 ? 'ipv6' : 'ipv4';
  if (neverList.check(plain, kind))
    return `${address} is not an address to send to (link-local, reserved or multicast)`;
  if (!allowPrivate && privateList.check(plain, kind)) {
    return `${address} is private; set alerts.webhookAllowPrivate to send there`;
  }

  return null;
}

function blockList(nets: typeof privateNets): BlockList {
  const list = new BlockList();
  for (const [net, prefix, family] of nets) list.addSubnet(net, prefix, family);
  return list;
}
