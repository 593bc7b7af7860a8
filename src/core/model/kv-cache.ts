import type {ModelSpec} from './model.ts';

/** `auto` keeps the model's 16 bits; `fp8` halves the cache and needs a GPU with 8-bit floats. */
export type KvCacheDtype = 'auto' | 'fp8';

/** DeepSeek's latent: 512 compressed values and 64 rotary ones per layer and token. */
const MLA_LATENT_DIM = 576;
const KV_BYTES_16BIT = 2;

/** Bytes of KV cache one token takes in one replica, before any copying between GPUs; 0 for encoders. */
export function kvBytesPerToken(model: ModelSpec, dtype: KvCacheDtype): number {
  const {attentionLayers, kvHeads, headDim, mla} = model.architecture;
  const valuesPerToken = mla ? attentionLayers * MLA_LATENT_DIM : 2 * attentionLayers * kvHeads * headDim;
  const bytes16 = model.kvBytesPerTokenOverride ?? valuesPerToken * KV_BYTES_16BIT;
  return dtype === 'fp8' ? Math.ceil(bytes16 / 2) : bytes16;
}

/**
 * How many times the cache is stored over all GPUs of a replica: KV heads are split, but when there are more GPUs than
 * heads each head is copied; a latent (MLA) cannot be split and is copied to every GPU.
 */
export function kvCopies(model: ModelSpec, tensorParallelSize: number): number {
  if (model.architecture.mla) return tensorParallelSize;
  return Math.max(1, Math.ceil(tensorParallelSize / model.architecture.kvHeads));
}

/** The formula with its numbers, for the arithmetic shown to people. */
export function explainKvBytesPerToken(model: ModelSpec, dtype: KvCacheDtype): string {
  const {attentionLayers, kvHeads, headDim, mla} = model.architecture;
  const bytes = dtype === 'fp8' ? 1 : 2;
  if (model.kvBytesPerTokenOverride !== undefined)
    return `${model.kvBytesPerTokenOverride} bytes given by the catalog${dtype === 'fp8' ? ' / 2 for fp8' : ''}`;
  if (mla) return `${attentionLayers} layers x ${MLA_LATENT_DIM} latent values x ${bytes} bytes`;
  return `2 x ${attentionLayers} attention layers x ${kvHeads} KV heads x ${headDim} head dim x ${bytes} bytes`;
}
