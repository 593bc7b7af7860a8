import type {EurNanos} from '../../core/money.ts';
import {ZERO_EUR} from '../../core/money.ts';
import type {FoundThing} from '../../core/reconcile/facts.ts';
import {
  ipPricePerHour,
  serverPricePerHour,
  snapshotPricePerHour,
  volumePricePerHour,
} from '../../core/reconcile/price.ts';
import type {
  OwnedInventory,
  ProviderIp,
  ProviderSecurityGroup,
  ProviderServer,
  ProviderSnapshot,
  ProviderVolume,
} from '../../ports/provider.ts';

export interface PriceList {
  readonly provider: string;
  readonly serversByType: ReadonlyMap<string, EurNanos>;
}

/** The provider's words, as one kind of thing. */
export function thingsOf(inventory: OwnedInventory, zone: string, prices: PriceList): readonly FoundThing[] {
  const bootIds = bootVolumeIds(inventory.servers);
  return [
    ...inventory.servers.map(server => serverThing(server, zone, prices)),
    ...inventory.volumes.map(volume => volumeThing(volume, zone, prices, bootIds.has(volume.providerId))),
    ...inventory.ips.map(ip => ipThing(ip, zone, prices)),
    ...inventory.securityGroups.map(group => groupThing(group, zone)),
  ];
}

export function serverThing(server: ProviderServer, zone: string, {serversByType}: PriceList): FoundThing {
  return {
    ...plain(zone, server),
    kind: 'server',
    providerType: server.instanceType,
    pricePerHourNanos: serverPricePerHour(server, serversByType),
  };
}

export function volumeThing(volume: ProviderVolume, zone: string, {provider}: PriceList, isBoot: boolean): FoundThing {
  const {volumeType, sizeBytes, iops, attachedToServerId, createdAtMs} = volume;
  return {
    ...plain(zone, volume),
    ...{kind: 'volume', providerType: volumeType, sizeBytes, iops, serverId: attachedToServerId, isBoot, createdAtMs},
    pricePerHourNanos: volumePricePerHour(provider, {providerType: volumeType, sizeBytes}),
  };
}

export function snapshotThing(snapshot: ProviderSnapshot, zone: string, {provider}: PriceList): FoundThing {
  const {snapshotType, sizeBytes, createdAtMs} = snapshot;
  return {
    ...plain(zone, snapshot),
    ...{kind: 'snapshot', providerType: snapshotType, sizeBytes, createdAtMs},
    pricePerHourNanos: snapshotPricePerHour(provider, sizeBytes),
  };
}

export function groupThing(group: ProviderSecurityGroup, zone: string): FoundThing {
  return {...plain(zone, group), kind: 'security_group'};
}

function ipThing({providerId, address, attachedToServerId, tags}: ProviderIp, zone: string, {provider}: PriceList) {
  return {
    ...plain(zone, {providerId, tags}),
    ...{kind: 'ip' as const, address, serverId: attachedToServerId, pricePerHourNanos: ipPricePerHour(provider)},
  };
}

function plain(
  zone: string,
  {providerId, name = null, tags}: {providerId: string; name?: string | null; tags: readonly string[]},
): Omit<FoundThing, 'kind'> {
  return {
    ...{zone, providerId, name, tags, providerType: null, sizeBytes: null, iops: null, address: null, serverId: null},
    ...{isBoot: false, createdAtMs: null, pricePerHourNanos: ZERO_EUR},
  };
}

function bootVolumeIds(servers: readonly ProviderServer[]): ReadonlySet<string> {
  return new Set(
    servers.flatMap(({volumes}) => volumes.filter(({isBoot}) => isBoot).map(({providerId}) => providerId)),
  );
}
