import type {EurNanos} from '../money.ts';
import type {EpochMs} from '../time.ts';

/** What an operator says of a type in place of the provider; null: as the provider says. */
export type TypeEdit = {
  readonly typeName: string;
  readonly pricePerHourNanos: number | null;
  readonly usableVramGibPerGpu: number | null;
  /** Never proposed, never ordered. */
  readonly disabled: boolean;
  readonly editedBy: string;
  readonly editedAtMs: EpochMs;
};

/** A machine a provider sells: what sizing, planning and billing need to know about it. */
export type InstanceType = {
  /** Provider id, such as `scaleway` or `mock`. */
  provider: string;
  /** The provider's own name, such as `L4-1-24G`. */
  name: string;
  /** GPU family, such as `L4`, `H100-SXM`; key of the effective-VRAM table. */
  gpuModel: string;
  gpuCount: number;
  /** What the provider's API says. */
  vramGibPerGpu: number;
  /** What CUDA really offers to a process: less than the label. */
  effectiveVramGibPerGpu: number;
  vcpus: number;
  ramGib: number;
  /** Local scratch disk in bytes, 0 for none. Fast, lost when the machine stops. */
  scratchBytesMax: number;
  /** CUDA compute capability as a number: 8.9, 9, 10.3. 0 when there is no GPU. */
  computeCapability: number;
  nvlink: boolean;
  netGbps: number;
  pricePerHourNanos: EurNanos;
  /** Zones where it is sold, in the provider's order. Stock is a separate question. */
  zones: readonly string[];
  /** Announced end of sale: never proposed. */
  endOfService: boolean;
  /** Whether a local (l_ssd) volume may be attached; GPU types refuse it and boot from block storage. */
  localVolumeAllowed: boolean;
  /** What an operator said of it in place of the provider; price and usable memory above are then already his. */
  edit?: TypeEdit;
  /** The driver it runs, where the machine was looked at; else the provider's terms tell it. */
  driverVersion?: string;
};

/** GiB per GPU that `nvidia-smi` and CUDA report, by family. ECC and the driver's own use take the rest. */
const EFFECTIVE_VRAM_GIB: ReadonlyMap<string, number> = new Map([
  ['L4', 22.0],
  ['L40S', 44.4],
  ['H100', 79.2],
  ['H100-SXM', 79.2],
  ['B300-SXM', 250],
]);
/** For families not measured yet: the worst known ratio (B300, 250 of 288) rounded down. */
const EFFECTIVE_VRAM_SHARE_UNKNOWN = 0.86;

export function effectiveVramGibPerGpu(gpuModel: string, vramGibPerGpu: number): number {
  return EFFECTIVE_VRAM_GIB.get(gpuModel) ?? Math.floor(vramGibPerGpu * EFFECTIVE_VRAM_SHARE_UNKNOWN * 10) / 10;
}

export type Zone = {provider: string; name: string; region: string};

/** Stock of one type in one zone. `unknown` = never asked, or the provider could not say. */
export type Stock = 'available' | 'scarce' | 'shortage' | 'unknown';
export type TypeAvailability = {typeName: string; zone: string; stock: Stock};
