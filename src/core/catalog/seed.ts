import {eur} from '../money.ts';
import type {InstanceType, Zone} from './instance-type.ts';
import {effectiveVramGibPerGpu} from './instance-type.ts';

/**
 * The catalog before the first sync with a provider: Scaleway's GPU machines as its API listed them on 2026-07-30,
 * and the mock's, which mirror them. A sync replaces prices, zones and stock.
 */
export const SEED_INSTANCE_TYPES: readonly InstanceType[] = [...scalewayTypes(), ...mockTypes()];

export const SEED_ZONES: readonly Zone[] = [
  ...['fr-par-1', 'fr-par-2', 'fr-par-3', 'nl-ams-1', 'nl-ams-2', 'nl-ams-3', 'pl-waw-1', 'pl-waw-2', 'pl-waw-3'].map(
    name => ({provider: 'scaleway', name, region: regionOfZone(name)}),
  ),
  ...['mock-1', 'mock-2', 'mock-3'].map(name => ({provider: 'mock', name, region: regionOfZone(name)})),
];

/** `fr-par-2` -> `fr-par`. */
export function regionOfZone(zone: string): string {
  return zone.replace(/-\d+$/, '');
}

export function instanceTypesOf(types: readonly InstanceType[], provider: string): InstanceType[] {
  return types.filter(type => type.provider === provider);
}

type Family = Pick<
  InstanceType,
  'gpuModel' | 'vramGibPerGpu' | 'computeCapability' | 'nvlink' | 'zones' | 'localVolumeAllowed'
> & {provider: string};
/** name, GPUs, vCPUs, RAM GiB, scratch TB, Gb/s, EUR per hour */
type Row = readonly [string, number, number, number, number, number, string];

function scalewayTypes(): InstanceType[] {
  const scaleway = {provider: 'scaleway', nvlink: false, localVolumeAllowed: false};
  const everywhere = ['fr-par-1', 'fr-par-2', 'pl-waw-2'];
  const l4 = {...scaleway, gpuModel: 'L4', vramGibPerGpu: 24, computeCapability: 8.9, zones: everywhere};
  const two = ['fr-par-2', 'pl-waw-2'];
  const l40s = {...scaleway, gpuModel: 'L40S', vramGibPerGpu: 48, computeCapability: 8.9, zones: two};
  const h100 = {...scaleway, gpuModel: 'H100', vramGibPerGpu: 80, computeCapability: 9, zones: two};
  const sxm = {...scaleway, nvlink: true, zones: ['fr-par-2']};
  const h100Sxm = {...sxm, gpuModel: 'H100-SXM', vramGibPerGpu: 80, computeCapability: 9};
  const b300 = {...sxm, gpuModel: 'B300-SXM', vramGibPerGpu: 288, computeCapability: 10.3};
  // Pascal: too old for vLLM, and it boots from local storage. Listed so that a plan can say why it is refused.
  const p100 = {...scaleway, gpuModel: 'P100', vramGibPerGpu: 16, computeCapability: 6, localVolumeAllowed: true};
  return [
    ...rows(l4, [
      ['L4-1-24G', 1, 8, 48, 0, 2.5, '0.7875'],
      ['L4-2-24G', 2, 16, 96, 0, 5, '1.575'],
      ['L4-4-24G', 4, 32, 192, 0, 10, '3.15'],
      ['L4-8-24G', 8, 64, 384, 0, 20, '6.30'],
    ]),
    ...rows(l40s, [
      ['L40S-1-48G', 1, 8, 96, 1.6, 2.5, '1.469916'],
      ['L40S-2-48G', 2, 16, 192, 3.2, 5, '2.939832'],
      ['L40S-4-48G', 4, 32, 384, 6.4, 10, '5.879664'],
      ['L40S-8-48G', 8, 64, 768, 12.8, 20, '11.759328'],
    ]),
    ...rows(h100, [
      ['H100-1-80G', 1, 24, 240, 3, 10, '2.8665'],
      ['H100-2-80G', 2, 48, 480, 6, 20, '5.733'],
    ]),
    ...rows(h100Sxm, [
      ['H100-SXM-2-80G', 2, 32, 240, 3.2, 20, '6.6198'],
      ['H100-SXM-4-80G', 4, 64, 480, 6.4, 20, '12.771'],
      ['H100-SXM-8-80G', 8, 128, 960, 12.8, 20, '25.3308'],
    ]),
    ...rows(b300, [
      ['B300-SXM-2-288G', 2, 56, 960, 6, 20, '18.96'],
      ['B300-SXM-4-288G', 4, 112, 1920, 12, 20, '34.08'],
      ['B300-SXM-8-288G', 8, 224, 3840, 24, 20, '60.00'],
    ]),
    ...rows({...p100, zones: ['fr-par-1', 'fr-par-2']}, [['RENDER-S', 1, 10, 42, 0, 1, '1.221']]),
  ];
}

function mockTypes(): InstanceType[] {
  const mock = {provider: 'mock', nvlink: false, localVolumeAllowed: false, zones: ['mock-1', 'mock-2', 'mock-3']};
  return [
    ...rows({...mock, gpuModel: 'L4', vramGibPerGpu: 24, computeCapability: 8.9}, [
      ['MOCK-L4-1-24G', 1, 8, 48, 0, 2.5, '0.7875'],
      ['MOCK-L4-2-24G', 2, 16, 96, 0, 5, '1.575'],
    ]),
    ...rows({...mock, gpuModel: 'L40S', vramGibPerGpu: 48, computeCapability: 8.9}, [
      ['MOCK-L40S-1-48G', 1, 8, 96, 1.6, 2.5, '1.469916'],
    ]),
    ...rows({...mock, gpuModel: 'H100', vramGibPerGpu: 80, computeCapability: 9, zones: ['mock-1', 'mock-2']}, [
      ['MOCK-H100-1-80G', 1, 24, 240, 3, 10, '2.8665'],
    ]),
  ];
}

function rows(family: Family, table: readonly Row[]): InstanceType[] {
  return table.map(([name, gpuCount, vcpus, ramGib, scratchTb, netGbps, price]) => ({
    ...family,
    name,
    gpuCount,
    effectiveVramGibPerGpu: effectiveVramGibPerGpu(family.gpuModel, family.vramGibPerGpu),
    vcpus,
    ramGib,
    scratchBytesMax: Math.round(scratchTb * 1e12),
    netGbps,
    pricePerHourNanos: eur(price),
    endOfService: false,
  }));
}
