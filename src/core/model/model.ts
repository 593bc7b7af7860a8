/** How the weights are stored; decides kernels, and with them the oldest GPU that can run the model. */
export const PRECISIONS = ['fp32', 'bf16', 'fp16', 'fp8', 'int8', 'int4', 'mxfp4', 'nvfp4', 'mixed'] as const;
export type Precision = (typeof PRECISIONS)[number];

export const MODEL_TASKS = ['generate', 'embed'] as const;
export type ModelTask = (typeof MODEL_TASKS)[number];

/** What the KV-cache arithmetic and tensor parallelism need of a model's `config.json`. */
export type ModelArchitecture = {
  layers: number;
  /** Layers whose KV cache grows with the context: not sliding-window, linear or encoder layers. 0 = no KV cache. */
  attentionLayers: number;
  attentionHeads: number;
  kvHeads: number;
  headDim: number;
  /** Multi-head latent attention (DeepSeek): one small latent per layer and token, copied to every GPU. */
  mla?: boolean;
};

export type ModelSpec = {
  /** Short name people type, such as `qwen3-8b`. */
  id: string;
  /** Hugging Face repository, `owner/name`. */
  hfId: string;
  /** Pinned commit or tag of the repository. */
  revision?: string;
  displayName: string;
  /** Only active models can be deployed. */
  active: boolean;
  /** The licence must be accepted on the model's page, and a token sent. */
  gated: boolean;
  license?: string;
  task: ModelTask;
  precision: Precision;
  /** Size of all weight files. */
  weightsBytes: number;
  architecture: ModelArchitecture;
  /** Measured or published bytes per token at 16 bits, where the plain formula does not hold. */
  kvBytesPerTokenOverride?: number;
  /** The longest context the model supports. */
  contextMaxTokens: number;
  /** The context a deployment gets when nobody asks for another. */
  defaultMaxModelLen: number;
  /** Root disk to order, instead of the computed one. */
  dataVolumeGb?: number;
  /** Refuse machines with less effective VRAM in total for one replica. */
  minVramGib?: number;
  /** Refuse older GPUs, beyond what the precision already asks. */
  minComputeCapability?: number;
  /** `major.minor.patch` of the first vLLM that runs it. */
  vllmMinVersion: string;
  toolCallParser?: string;
  reasoningParser?: string;
  /** Further `vllm serve` arguments. Never secrets, never flags that inventiv sets itself. */
  extraArgs: readonly string[];
  /** True where sizes or architecture are informed guesses; sizing says so. */
  estimated?: boolean;
};

const BYTES_PER_GB = 1e9;
const BYTES_PER_GIB = 2 ** 30;

export function weightsGb(model: Pick<ModelSpec, 'weightsBytes'>): number {
  return model.weightsBytes / BYTES_PER_GB;
}

export function weightsGib(model: Pick<ModelSpec, 'weightsBytes'>): number {
  return model.weightsBytes / BYTES_PER_GIB;
}
