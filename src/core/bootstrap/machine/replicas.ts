import {enginePortBase, replicaName} from './layout.ts';
import type {MachineBootstrapRequest, Replica} from './request.ts';

/** `mono`: one engine over all GPUs. `multi`: one on each, which only containers can be told. */
export function replicasOf({mode, runtime, gpuCount}: MachineBootstrapRequest): readonly Replica[] {
  const all = Array.from({length: gpuCount}, (_, gpu) => gpu);
  if (mode === 'mono' || runtime === 'native' || gpuCount <= 1)
    return [{name: replicaName(0), port: enginePortBase, gpus: all}];
  return all.map(gpu => ({name: replicaName(gpu), port: enginePortBase + gpu, gpus: [gpu]}));
}
