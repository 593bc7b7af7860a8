import type {Instancev1} from '@scaleway/sdk-instance';
import {effectiveVramGibPerGpu, type InstanceType, type Stock} from '../../../core/catalog/instance-type.ts';
import {SEED_INSTANCE_TYPES} from '../../../core/catalog/seed.ts';
import {type EurNanos, parseEur} from '../../../core/money.ts';
import {unavailable} from './refusal.ts';

const bytesPerGib = 2 ** 30;
const bitsPerGigabit = 1e9;
const priceDecimals = 9;

/** A type as one zone sells it; null for one without GPU. */
export function toInstanceType(name: string, type: Instancev1.ServerType, zone: string): InstanceType | null {
  const gpuCount = type.gpu ?? 0;
  if (gpuCount < 1) return null;
  const gpuModel = gpuModelOf(name, type);
  const vramGibPerGpu = (type.gpuInfo?.gpuMemory ?? 0) / bytesPerGib;
  const family = familyOf(gpuModel);
  return {
    provider: 'scaleway',
    name,
    gpuModel,
    gpuCount,
    vramGibPerGpu,
    effectiveVramGibPerGpu: effectiveVramGibPerGpu(gpuModel, vramGibPerGpu),
    vcpus: type.ncpus,
    ramGib: type.ram / bytesPerGib,
    scratchBytesMax: type.scratchStorageMaxSize ?? 0,
    computeCapability: family.computeCapability,
    nvlink: family.nvlink,
    netGbps: (type.network?.sumInternetBandwidth ?? 0) / bitsPerGigabit,
    pricePerHourNanos: exactPrice(name, type.hourlyPrice),
    zones: [zone],
    endOfService: type.endOfService,
    localVolumeAllowed: isLocalVolumeAllowed(type),
  };
}

/** The GPU as the catalog names its families: `H100-PCIe` is the plain H100, `H100-SXM` a family of its own. */
export function gpuModelOf(name: string, type: Pick<Instancev1.ServerType, 'gpuInfo'>): string {
  const told = type.gpuInfo?.gpuName ?? '';
  return (told === '' ? name.replace(/-\d+-.*$/, '') : told).replace(/[- ]PCIe$/i, '');
}

/** Both limits are 0 on types that boot from block storage only. */
export function isLocalVolumeAllowed(type: Instancev1.ServerType): boolean {
  return type.volumesConstraint?.maxSize !== 0 || type.perVolumeConstraint?.lSsd?.maxSize !== 0;
}

export function stockOf(availability: string | undefined): Stock {
  return availability === 'available' || availability === 'scarce' || availability === 'shortage'
    ? availability
    : 'unknown';
}

/** What the API does not tell of a GPU. A family that is not known yet gets 0, which no model accepts. */
function familyOf(gpuModel: string): Pick<InstanceType, 'computeCapability' | 'nvlink'> {
  return SEED_INSTANCE_TYPES.find(type => type.gpuModel === gpuModel) ?? {computeCapability: 0, nvlink: false};
}

/** JSON has only floats; nine decimals bring back the decimal that was written. */
function exactPrice(name: string, hourlyPrice: number): EurNanos {
  const parsed = parseEur(Number(hourlyPrice).toFixed(priceDecimals));
  if (parsed.ok && hourlyPrice > 0) return parsed.nanos;
  throw unavailable(`Scaleway tells no price of ${name}.`, 'malformed_answer');
}
