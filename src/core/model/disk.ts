import type {InstanceType} from '../catalog/instance-type.ts';
import {providerTerms} from '../catalog/provider-terms.ts';
import type {ModelSpec} from './model.ts';
import {weightsGb} from './model.ts';

/** Engine image unpacked 30, system 15, caches 15. */
const DISK_BASE_GB = 60;
const WEIGHTS_PERCENT = 110;
/** Without caches to spare: image and system. Below that plus the weights, installation fails. */
const DISK_BASE_GB_MIN = 45;

export type DiskChoice = {
  diskGb: number;
  source: 'asked' | 'model' | 'computed' | 'provider';
  /** What the model wants, whatever was chosen. */
  neededGb: number;
  reason: string;
  /** Smaller than recommended, but it can work. */
  warning?: string;
};
export type DiskResult =
  | {ok: true; disk: DiskChoice}
  | {ok: false; code: 'DISK_TOO_SMALL' | 'DISK_TOO_BIG'; text: string; hint: string};

/** Root disk for a model on a machine, in GB of 10^9 bytes. What the user asks for wins, if the model can fit on it. */
export function diskGbFor(model: ModelSpec, type: InstanceType, askedGb?: number): DiskResult {
  const terms = providerTerms(type.provider);
  const needed = neededGbFor(model);
  const choice = askedGb === undefined ? chooseDisk(model, type, needed) : askedDisk(askedGb, needed);
  const floorGb = Math.ceil(DISK_BASE_GB_MIN + weightsGb(model));
  if (!Number.isSafeInteger(choice.diskGb) || choice.diskGb < floorGb)
    return {
      ok: false,
      code: 'DISK_TOO_SMALL',
      text: `a ${choice.diskGb} GB disk cannot hold system, engine image and ${weightsGb(model).toFixed(1)} GB of weights`,
      hint: `--disk ${Math.max(needed, floorGb)}`,
    };
  if (choice.diskGb > terms.diskGbMax)
    return {
      ok: false,
      code: 'DISK_TOO_BIG',
      text: `a disk has at most ${terms.diskGbMax} GB at ${type.provider}, got ${choice.diskGb}`,
      hint: `--disk ${Math.max(needed, terms.gpuDiskGbDefault)}`,
    };
  return {ok: true, disk: choice};
}

/** In integers: 1.1 x 690 as a float is a hair above 759 and would order one GB too many. */
function neededGbFor(model: ModelSpec): number {
  return DISK_BASE_GB + Math.ceil((model.weightsBytes * WEIGHTS_PERCENT) / 100e9);
}

function askedDisk(askedGb: number, neededGb: number): DiskChoice {
  const tight = askedGb < neededGb;
  return {
    diskGb: askedGb,
    source: 'asked',
    neededGb,
    reason: 'asked for',
    ...(tight && {warning: `${askedGb} GB is less than the ${neededGb} GB recommended for this model`}),
  };
}

function chooseDisk(model: ModelSpec, type: InstanceType, neededGb: number): DiskChoice {
  const terms = providerTerms(type.provider);
  const onGpu = type.gpuCount > 0;
  const floorGb = onGpu ? terms.gpuDiskGbMin : 0;
  if (model.dataVolumeGb !== undefined) {
    const diskGb = Math.max(model.dataVolumeGb, floorGb);
    const reason =
      diskGb > model.dataVolumeGb ? `never less on a GPU type of ${type.provider}` : "the model's own size";
    const warning =
      diskGb < neededGb ? `${diskGb} GB is less than the ${neededGb} GB computed for this model` : undefined;
    return {diskGb, source: diskGb > model.dataVolumeGb ? 'provider' : 'model', neededGb, reason, warning};
  }
  const defaultGb = onGpu ? Math.max(terms.gpuDiskGbDefault, floorGb) : 0;
  return neededGb >= defaultGb
    ? {
        diskGb: neededGb,
        source: 'computed',
        neededGb,
        reason: `${DISK_BASE_GB} + ${WEIGHTS_PERCENT / 100} x ${weightsGb(model).toFixed(1)} GB of weights`,
      }
    : {diskGb: defaultGb, source: 'provider', neededGb, reason: `default of GPU types at ${type.provider}`};
}
