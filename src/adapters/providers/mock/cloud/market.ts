import type {InstanceType} from '../../../../core/catalog/instance-type.ts';
import {SEED_INSTANCE_TYPES, SEED_ZONES} from '../../../../core/catalog/seed.ts';
import type {CloudQuota, CloudZoneCatalog, QuotaName} from '../wire.ts';
import {CloudError, invalid, notFound} from './cloud-error.ts';
import type {Operation} from './operation.ts';
import type {CloudState} from './state.ts';

const machinesPerTypeDefault = 100;
const machinesPerTypeFlaky = 4;
const bytesPerGb = 1_000_000_000;
const typeByName = new Map(
  SEED_INSTANCE_TYPES.filter(type => type.provider === 'mock').map(type => [type.name, type] as const),
);
const zoneNames = SEED_ZONES.filter(zone => zone.provider === 'mock').map(zone => zone.name);

export function requireZone(zone: string): void {
  if (!zoneNames.includes(zone)) throw notFound('zone', zone);
}

export function requireType(zone: string, name: string): InstanceType {
  const type = typeByName.get(name);
  if (type === undefined || !type.zones.includes(zone)) {
    throw invalid(`instanceType: expected a type sold in ${zone}, got ${JSON.stringify(name.slice(0, 80))}`);
  }
  return type;
}

export function readCatalog({state, zone}: Operation): CloudZoneCatalog {
  requireZone(zone);
  const sold = [...typeByName.values()].filter(type => type.zones.includes(zone));
  return {
    offers: sold.map(({name}) => {
      const free = machinesLeft(state, zone, name);
      return {instanceType: name, stock: free <= 0 ? 'shortage' : free === 1 ? 'scarce' : 'available'};
    }),
  };
}

/** Throws what a cloud answers when the machine cannot be had: first the stock, then the account's limits. */
export function requireMachine(state: CloudState, zone: string, type: InstanceType): void {
  if (machinesLeft(state, zone, type.name) <= 0) {
    throw new CloudError({
      type: 'out_of_stock',
      message: `${type.name} is out of stock in ${zone}`,
      resource: type.name,
    });
  }
  requireQuota(state, 'servers', 1);
  requireQuota(state, 'gpus', type.gpuCount);
}

export function requireQuota(state: CloudState, name: QuotaName, more: number): void {
  const limit = state.scenario.quota?.[name];
  const used = quotaUsed(state)[name];
  if (limit === undefined || used + more <= limit) return;
  const message = `quota of ${limit} ${name} is reached: ${used} used, ${more} more asked for`;
  throw new CloudError({type: 'quotas_exceeded', message, resource: name});
}

export function readQuota({state}: Operation): CloudQuota {
  return {limits: state.scenario.quota ?? {}, used: quotaUsed(state)};
}

function quotaUsed(state: CloudState): Record<QuotaName, number> {
  const servers = Object.values(state.servers);
  const blockVolumes = Object.values(state.volumes).filter(volume => volume.volumeType !== 'scratch');
  return {
    servers: servers.length,
    gpus: servers.reduce((sum, server) => sum + (typeByName.get(server.instanceType)?.gpuCount ?? 0), 0),
    ips: Object.keys(state.ips).length,
    volumeGb: blockVolumes.reduce(
      (sum, volume) => sum + (volume.resize?.sizeBytes ?? volume.sizeBytes) / bytesPerGb,
      0,
    ),
  };
}

function machinesLeft(state: CloudState, zone: string, typeName: string): number {
  const {capacity, capacityDefault} = state.scenario;
  const fallback = state.profile === 'flaky' ? machinesPerTypeFlaky : machinesPerTypeDefault;
  const total = capacity?.[zone]?.[typeName] ?? capacityDefault ?? fallback;
  return total - Object.values(state.servers).filter(s => s.zone === zone && s.instanceType === typeName).length;
}
