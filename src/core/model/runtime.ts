import type {UsageTotals} from '../finops/usage.ts';
import type {Instance} from '../instance/instance.ts';
import type {InstanceState} from '../instance/state.ts';

/** A model as it runs now, and how it was asked lately. */
export interface ModelRuntime {
  readonly modelHfId: string;
  /** Only states in which there is one. */
  readonly instances: Readonly<Partial<Record<InstanceState, number>>>;
  readonly instanceCount: number;
  readonly gpuCount: number;
  /** Of all its GPUs as they are sold; null where the type of a machine tells nothing. */
  readonly vramGib: number | null;
  readonly requests: number;
  readonly failed: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
}

type RuntimeInstance = Pick<Instance, 'state' | 'gpuCount' | 'provider' | 'instanceType'> & {
  readonly spec: Pick<Instance['spec'], 'modelHfId'>;
};

/** Models that have instances or were asked, the largest first. */
export function modelRuntimes(
  instances: readonly RuntimeInstance[],
  usage: ReadonlyMap<string, Pick<UsageTotals, 'requests' | 'failed' | 'promptTokens' | 'completionTokens'>>,
  vramGibPerGpu: (instance: RuntimeInstance) => number | null,
): readonly ModelRuntime[] {
  const running = Map.groupBy(instances, ({spec}) => spec.modelHfId);
  const ids = new Set([...running.keys(), ...usage.keys()]);
  return Array.from(ids, modelHfId => {
    const own = running.get(modelHfId) ?? [];
    const asked = usage.get(modelHfId);
    return {
      modelHfId,
      instances: countByState(own),
      instanceCount: own.length,
      gpuCount: own.reduce((sum, {gpuCount}) => sum + gpuCount, 0),
      vramGib: own.reduce<number | null>((sum, instance) => {
        const perGpu = vramGibPerGpu(instance);
        return sum === null || perGpu === null ? null : sum + perGpu * instance.gpuCount;
      }, 0),
      requests: asked?.requests ?? 0,
      failed: asked?.failed ?? 0,
      promptTokens: asked?.promptTokens ?? 0,
      completionTokens: asked?.completionTokens ?? 0,
    };
  }).toSorted((a, b) => b.gpuCount - a.gpuCount || b.requests - a.requests || (a.modelHfId < b.modelHfId ? -1 : 1));
}

function countByState(instances: readonly RuntimeInstance[]): ModelRuntime['instances'] {
  return Object.fromEntries(
    Array.from(
      Map.groupBy(instances, ({state}) => state),
      ([state, own]) => [state, own.length],
    ),
  );
}
