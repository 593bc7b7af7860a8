import type {InstanceType, Stock} from '../catalog/instance-type.ts';
import {ZERO_EUR} from '../money.ts';
import type {Host, HostGpu} from './host.ts';
import {hostZone} from './host.ts';

/** What CUDA leaves a process of the memory that `nvidia-smi` tells: 22.0 of the 22.49 GiB of an L4. */
const usableShare = 0.98;

/** A host as something to plan with: a type of its own, in the one zone, for nothing. */
export function hostAsType({name, facts}: Host): InstanceType {
  const weakest = weakestOf(facts.gpus);
  const vramGib = weakest === null ? 0 : weakest.memoryMib / 1024;
  return {
    provider: 'host',
    name,
    gpuModel: weakest === null ? 'none' : gpuModelOf(weakest.name),
    gpuCount: facts.gpus.length,
    vramGibPerGpu: Math.floor(vramGib * 10) / 10,
    effectiveVramGibPerGpu: Math.floor(vramGib * usableShare * 10) / 10,
    vcpus: facts.cpus,
    ramGib: facts.ramGib,
    scratchBytesMax: 0,
    computeCapability: weakest?.computeCapability ?? 0,
    nvlink: false,
    netGbps: 0,
    pricePerHourNanos: ZERO_EUR,
    zones: [hostZone],
    endOfService: false,
    localVolumeAllowed: false,
    ...(facts.driverVersion === null ? {} : {driverVersion: facts.driverVersion}),
  };
}

export function hostStock(isClaimed: boolean): Stock {
  return isClaimed ? 'shortage' : 'available';
}

/** `2 x NVIDIA L4, 22.5 GiB each`; different ones are told one by one. */
export function gpuText(gpus: readonly HostGpu[]): string {
  const kinds = Map.groupBy(gpus, ({name, memoryMib}) => `${name}, ${(memoryMib / 1024).toFixed(1)} GiB`);
  return [...kinds].map(([kind, same]) => (same.length === 1 ? kind : `${same.length} x ${kind} each`)).join('; ');
}

/** One engine runs over all of them, so what it can count on is the least of each. */
function weakestOf(gpus: readonly HostGpu[]): HostGpu | null {
  const [first] = gpus;
  if (first === undefined) return null;
  return {
    name: first.name,
    memoryMib: Math.min(...gpus.map(({memoryMib}) => memoryMib)),
    computeCapability: Math.min(...gpus.map(({computeCapability}) => computeCapability)),
  };
}

/** `NVIDIA H100 80GB HBM3` is the SXM board; the others carry their family in the name. */
function gpuModelOf(name: string): string {
  const short = name.replace(/^(NVIDIA|Tesla) +/i, '').trim();
  if (/^H100 .*HBM3/.test(short)) return 'H100-SXM';
  if (/^H100/.test(short)) return 'H100';
  return short.replaceAll(/ +/g, '-');
}
