import {describe, expect, it} from 'vitest';
import {effectiveVramGibPerGpu} from '../../../src/core/catalog/instance-type.ts';
import {diskPricePerHour, providerTerms} from '../../../src/core/catalog/provider-terms.ts';
import {instanceTypesOf, regionOfZone, SEED_INSTANCE_TYPES, SEED_ZONES} from '../../../src/core/catalog/seed.ts';
import {eurDecimal} from '../../../src/core/money.ts';

const scaleway = instanceTypesOf(SEED_INSTANCE_TYPES, 'scaleway');

describe('the seeded catalog', () => {
  it.each([
    ['L4-1-24G', '0.7875'],
    ['L4-8-24G', '6.3'],
    ['L40S-1-48G', '1.469916'],
    ['L40S-8-48G', '11.759328'],
    ['H100-2-80G', '5.733'],
    ['H100-SXM-2-80G', '6.6198'],
    ['H100-SXM-8-80G', '25.3308'],
    ['B300-SXM-8-288G', '60'],
    ['RENDER-S', '1.221'],
  ])('prices %s at %s EUR per hour, exactly', (name, price) => {
    const type = scaleway.find(candidate => candidate.name === name);
    expect(type && eurDecimal(type.pricePerHourNanos)).toBe(price);
  });

  it('holds 17 Scaleway types and unique names per provider', () => {
    expect(scaleway).toHaveLength(17);
    const names = SEED_INSTANCE_TYPES.map(type => `${type.provider}/${type.name}`);
    expect(new Set(names).size).toBe(names.length);
  });

  it('keeps the GPU count and memory of each name', () => {
    for (const type of scaleway.filter(candidate => candidate.name !== 'RENDER-S')) {
      const [, gpus, vram] = /-(\d)-(\d+)G$/.exec(type.name) ?? [];
      expect(type.gpuCount, type.name).toBe(Number(gpus));
      expect(type.vramGibPerGpu, type.name).toBe(Number(vram));
      expect(type.effectiveVramGibPerGpu, type.name).toBeLessThan(type.vramGibPerGpu);
      expect(type.localVolumeAllowed, type.name).toBe(false);
    }
  });

  it('mirrors Scaleway in the mock types', () => {
    const mocks = instanceTypesOf(SEED_INSTANCE_TYPES, 'mock');
    expect(mocks.map(type => type.name)).toEqual([
      'MOCK-L4-1-24G',
      'MOCK-L4-2-24G',
      'MOCK-L40S-1-48G',
      'MOCK-H100-1-80G',
    ]);
    for (const mock of mocks) {
      const real = scaleway.find(type => type.name === mock.name.replace('MOCK-', ''));
      expect({...mock, provider: 'scaleway', name: real?.name, zones: real?.zones}).toEqual(real);
    }
  });

  it('sells types only in zones it knows', () => {
    for (const type of SEED_INSTANCE_TYPES)
      for (const zone of type.zones)
        expect(SEED_ZONES).toContainEqual({provider: type.provider, name: zone, region: regionOfZone(zone)});
    expect(regionOfZone('fr-par-2')).toBe('fr-par');
  });

  it('prices a 200 GB disk, and nothing for providers without terms', () => {
    expect(eurDecimal(diskPricePerHour(providerTerms('scaleway'), 200))).toBe('0.0236');
    expect(diskPricePerHour(providerTerms('host'), 200)).toBe(0);
  });

  it('estimates the memory of GPUs it does not know on the safe side', () => {
    expect(effectiveVramGibPerGpu('L4', 24)).toBe(22);
    expect(effectiveVramGibPerGpu('X9000', 100)).toBe(86);
  });
});
