import type {ModelSpec, Precision} from './model.ts';

/** vLLM's wheels hold no kernels for anything older. */
export const VLLM_COMPUTE_CAPABILITY_MIN = 7.5;
/** From here on only CUDA 13 images hold kernels (B300). */
export const CUDA13_ONLY_COMPUTE_CAPABILITY_MIN = 10.3;
const FP8_CACHE_COMPUTE_CAPABILITY_MIN = 8.9;

/** Oldest GPU whose kernels read these weights; 8-bit and 4-bit floats run weight-only on Ampere. */
const COMPUTE_CAPABILITY_MIN: Record<Precision, number> = {
  fp32: 7.5,
  fp16: 7.5,
  int8: 7.5,
  int4: 7.5,
  bf16: 8,
  fp8: 8,
  mxfp4: 8,
  nvfp4: 8,
  mixed: 8,
};

export type GpuRefusal = {code: 'NO_GPU' | 'GPU_ARCH'; text: string};

/** Why this GPU generation cannot run the model, or undefined. */
export function refuseGpu(
  model: ModelSpec,
  gpu: {gpuModel: string; gpuCount: number; computeCapability: number},
  kvCacheDtype: 'auto' | 'fp8',
): GpuRefusal | undefined {
  if (gpu.gpuCount < 1) return {code: 'NO_GPU', text: 'the machine has no GPU'};
  const has = `${gpu.gpuModel} has compute capability ${formatCapability(gpu.computeCapability)}`;
  if (gpu.computeCapability < VLLM_COMPUTE_CAPABILITY_MIN)
    return {code: 'GPU_ARCH', text: `${has}, vLLM needs ${VLLM_COMPUTE_CAPABILITY_MIN} or newer`};
  const needed = Math.max(COMPUTE_CAPABILITY_MIN[model.precision], model.minComputeCapability ?? 0);
  if (gpu.computeCapability < needed)
    return {
      code: 'GPU_ARCH',
      text: `${has}, ${model.id} (${model.precision}) needs ${formatCapability(needed)} or newer`,
    };
  if (kvCacheDtype === 'fp8' && gpu.computeCapability < FP8_CACHE_COMPUTE_CAPABILITY_MIN)
    return {code: 'GPU_ARCH', text: `${has}, an fp8 KV cache needs ${FP8_CACHE_COMPUTE_CAPABILITY_MIN} or newer`};
  return undefined;
}

export function formatCapability(capability: number): string {
  return capability.toFixed(1);
}
