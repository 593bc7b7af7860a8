import {type EurNanos, eurNanos} from '../money.ts';
import type {InstanceType, TypeEdit} from './instance-type.ts';

/** The types as this installation uses them. Edits of types that are not sold (any more) wait for them. */
export function applyEdits(types: readonly InstanceType[], edits: readonly TypeEdit[]): readonly InstanceType[] {
  if (edits.length === 0) return types;
  const byName = new Map(edits.map(edit => [edit.typeName, edit]));
  return types.map(type => {
    const edit = byName.get(type.name);
    return edit === undefined ? type : {...type, ...editedFields(type, edit), edit};
  });
}

/** Whether it says anything at all. */
export function isEmptyEdit({pricePerHourNanos, usableVramGibPerGpu, disabled}: TypeEdit): boolean {
  return pricePerHourNanos === null && usableVramGibPerGpu === null && !disabled;
}

function editedFields(
  type: InstanceType,
  {pricePerHourNanos, usableVramGibPerGpu}: TypeEdit,
): {pricePerHourNanos: EurNanos; effectiveVramGibPerGpu: number} {
  return {
    pricePerHourNanos: pricePerHourNanos === null ? type.pricePerHourNanos : eurNanos(pricePerHourNanos),
    effectiveVramGibPerGpu: usableVramGibPerGpu ?? type.effectiveVramGibPerGpu,
  };
}
