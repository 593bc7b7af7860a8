import type {InstanceType} from '../catalog/instance-type.ts';
import type {ModelSpec} from './model.ts';
import type {SizingOptions, SizingResult} from './sizing.ts';
import {sizeModel} from './sizing.ts';

export type FittingType = {type: InstanceType; sizing: SizingResult & {fits: true}};
export type UnfitType = {type: InstanceType; sizing: SizingResult & {fits: false}};
export type TypesThatFit = {fitting: FittingType[]; refused: UnfitType[]};

/** Every type with its arithmetic, cheapest first in both lists; equal prices by name. */
export function typesThatFit(
  model: ModelSpec,
  types: readonly InstanceType[],
  options: SizingOptions = {},
): TypesThatFit {
  const result: TypesThatFit = {fitting: [], refused: []};
  for (const type of [...types].sort(byPrice)) {
    const sizing = sizeBestMode(model, type, options);
    if (sizing.fits) result.fitting.push({type, sizing});
    else result.refused.push({type, sizing});
  }
  return result;
}

/**
 * With no mode asked, one vLLM over all GPUs; only where the heads cannot be split that way, one per GPU. The mono
 * refusal is kept when neither works.
 */
export function sizeBestMode(model: ModelSpec, type: InstanceType, options: SizingOptions): SizingResult {
  const first = sizeModel(model, type, options);
  if (first.fits || options.mode !== undefined || first.refusal.code !== 'TP_INVALID') return first;
  const multi = sizeModel(model, type, {...options, mode: 'multi'});
  return multi.fits ? multi : first;
}

export function byPrice(a: InstanceType, b: InstanceType): number {
  return a.pricePerHourNanos - b.pricePerHourNanos || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
}
