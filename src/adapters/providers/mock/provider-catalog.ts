import type {InstanceType} from '../../../core/catalog/instance-type.ts';
import {SEED_INSTANCE_TYPES, SEED_ZONES} from '../../../core/catalog/seed.ts';
import {InventivError} from '../../../core/errors.ts';
import {didYouMean} from '../../../core/near-names.ts';
import type {CallContext, ProviderCatalog} from '../../../ports/provider.ts';
import type {CloudApi} from './cloud-api.ts';
import type {QuotaName} from './wire.ts';

const mockTypes = SEED_INSTANCE_TYPES.filter(type => type.provider === 'mock');
const mockZones = SEED_ZONES.filter(zone => zone.provider === 'mock').map(zone => zone.name);
const bootVolumeGb = 20;

export async function readMockCatalog(api: CloudApi, call: CallContext): Promise<ProviderCatalog> {
  const zones = await Promise.all(mockZones.map(async zone => ({zone, ...(await api.readOffers(zone, call))})));
  return {
    types: mockTypes,
    availability: zones.flatMap(({zone, offers}) =>
      offers.map(({instanceType, stock}) => ({typeName: instanceType, zone, stock})),
    ),
  };
}

export async function requireMachine(
  api: CloudApi,
  {zone, instanceType}: {zone: string; instanceType: string},
  call: CallContext,
): Promise<void> {
  const type = requireSold(zone, instanceType);
  const {offers} = await api.readOffers(zone, call);
  if (offers.find(offer => offer.instanceType === instanceType)?.stock === 'shortage') {
    const elsewhere = await zonesWithStock(api, type, zone, call);
    throw new InventivError('no_capacity', `no ${instanceType} is left in ${zone}.`, {
      hint:
        elsewhere.length > 0
          ? `There is stock in ${elsewhere.join(' and ')}: use --zone.`
          : 'Try another type, or later.',
      detailCode: 'out_of_stock',
    });
  }
  await requireQuota(api, type, zone, call);
}

async function requireQuota(api: CloudApi, type: InstanceType, zone: string, call: CallContext): Promise<void> {
  const {limits, used} = await api.readQuota(zone, call);
  const wanted: Partial<Record<QuotaName, number>> = {servers: 1, gpus: type.gpuCount, volumeGb: bootVolumeGb};
  for (const [name, more] of Object.entries(wanted) as [QuotaName, number][]) {
    const limit = limits[name];
    if (limit === undefined || used[name] + more <= limit) continue;
    throw new InventivError(
      'quota_exceeded',
      `expected room for ${more} more ${name}, and ${used[name]} of ${limit} are used.`,
      {
        hint: `Terminate something, or raise quota.${name} in the scenario.`,
        detailCode: 'quotas_exceeded',
        param: name,
      },
    );
  }
}

function requireSold(zone: string, instanceType: string): InstanceType {
  if (!mockZones.includes(zone)) {
    throw new InventivError('invalid_input', `expected a zone of the mock provider, got "${zone.slice(0, 80)}".`, {
      hint: didYouMean(zone, mockZones) ?? `Zones: ${mockZones.join(', ')}.`,
      param: 'zone',
    });
  }
  const type = mockTypes.find(({name, zones}) => name === instanceType && zones.includes(zone));
  if (type !== undefined) return type;
  const sold = mockTypes.filter(({zones}) => zones.includes(zone)).map(({name}) => name);
  throw new InventivError('invalid_input', `expected a type sold in ${zone}, got "${instanceType.slice(0, 80)}".`, {
    hint: didYouMean(instanceType, sold) ?? `Types: ${sold.join(', ')}.`,
    param: 'instanceType',
  });
}

async function zonesWithStock(api: CloudApi, type: InstanceType, except: string, call: CallContext): Promise<string[]> {
  const {availability} = await readMockCatalog(api, call);
  return availability
    .filter(({typeName, zone, stock}) => typeName === type.name && zone !== except && stock !== 'shortage')
    .map(({zone}) => zone);
}
