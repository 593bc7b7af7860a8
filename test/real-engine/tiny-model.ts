import {encodeGguf, type GgufTensor, type GgufValue} from './gguf-file.ts';
import {BEGIN_ID, END_ID, tinyVocabulary, UNKNOWN_ID, type VocabularyEntry} from './tiny-vocabulary.ts';

export interface TinyModelOptions {
  /** Same seed and context, same bytes. */
  readonly seed: number;
  readonly contextTokens: number;
}

/**
 * A complete GGUF file (under 1 MB) of a two-layer Llama with random weights: it knows nothing, yet llama.cpp
 * tokenizes, evaluates, caches, samples and stops with it as with any other model.
 */
export function tinyLlamaGguf({seed, contextTokens}: TinyModelOptions): Buffer {
  const vocabulary = tinyVocabulary();
  return encodeGguf(metadata(vocabulary, contextTokens), tensors(vocabulary, normalDistribution(seed)));
}

const LAYERS = 2;
const EMBEDDING = 64;
const HEADS = 4;
/** One key-value head keeps the cache at 128 bytes per token, so long contexts cost next to nothing. */
const KV_HEADS = 1;
const HEAD_SIZE = EMBEDDING / HEADS;
const FEED_FORWARD = 128;

const CHAT_TEMPLATE =
  '{{ bos_token }}{% for message in messages %}' +
  "{{ '<|' + message['role'] + '|>\\n' + message['content'] + eos_token + '\\n' }}" +
  "{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>\\n' }}{% endif %}";

function metadata(vocabulary: readonly VocabularyEntry[], contextTokens: number): Map<string, GgufValue> {
  return new Map<string, GgufValue>([
    ['general.architecture', {type: 'string', value: 'llama'}],
    ['general.name', {type: 'string', value: 'tiny random llama'}],
    ['general.file_type', {type: 'u32', value: 0}],
    ['llama.context_length', {type: 'u32', value: contextTokens}],
    ['llama.embedding_length', {type: 'u32', value: EMBEDDING}],
    ['llama.block_count', {type: 'u32', value: LAYERS}],
    ['llama.feed_forward_length', {type: 'u32', value: FEED_FORWARD}],
    ['llama.attention.head_count', {type: 'u32', value: HEADS}],
    ['llama.attention.head_count_kv', {type: 'u32', value: KV_HEADS}],
    ['llama.attention.layer_norm_rms_epsilon', {type: 'f32', value: 1e-5}],
    ['llama.rope.dimension_count', {type: 'u32', value: HEAD_SIZE}],
    ['llama.vocab_size', {type: 'u32', value: vocabulary.length}],
    ['tokenizer.ggml.model', {type: 'string', value: 'llama'}],
    ['tokenizer.ggml.pre', {type: 'string', value: 'default'}],
    ['tokenizer.ggml.tokens', {type: 'strings', value: vocabulary.map(entry => entry.piece)}],
    ['tokenizer.ggml.scores', {type: 'f32s', value: vocabulary.map(entry => entry.score)}],
    ['tokenizer.ggml.token_type', {type: 'i32s', value: vocabulary.map(entry => entry.type)}],
    ['tokenizer.ggml.unknown_token_id', {type: 'u32', value: UNKNOWN_ID}],
    ['tokenizer.ggml.bos_token_id', {type: 'u32', value: BEGIN_ID}],
    ['tokenizer.ggml.eos_token_id', {type: 'u32', value: END_ID}],
    ['tokenizer.ggml.add_bos_token', {type: 'bool', value: true}],
    ['tokenizer.ggml.add_eos_token', {type: 'bool', value: false}],
    ['tokenizer.chat_template', {type: 'string', value: CHAT_TEMPLATE}],
  ]);
}

/**
 * Dimension 0 of the residual stream is a constant: every embedding sets it and no layer writes it. The output matrix
 * can therefore use its column 0 as a bias per token, which a Llama has no tensor for; it keeps raw bytes and control
 * tokens out of the answers and sets how often an answer ends by itself.
 */
const BIAS_DIMENSION = 0;
const BIAS_INPUT = 4;
const OUTPUT_SCALE = 0.28;
const OUTPUT_BIAS = {word: 0, symbol: -0.8, end: 1.2, never: -10} as const;

type RandomNormal = () => number;

function tensors(vocabulary: readonly VocabularyEntry[], normal: RandomNormal): GgufTensor[] {
  const embeddings = matrix('token_embd.weight', EMBEDDING, vocabulary.length, normal, 1);
  const output = matrix('output.weight', EMBEDDING, vocabulary.length, normal, OUTPUT_SCALE);
  vocabulary.forEach((entry, id) => {
    const row = id * EMBEDDING;
    if (entry.spoken === 'end') output.data.fill(0, row, row + EMBEDDING);
    embeddings.data[row + BIAS_DIMENSION] = BIAS_INPUT;
    output.data[row + BIAS_DIMENSION] = OUTPUT_BIAS[entry.spoken];
  });
  const layers = Array.from({length: LAYERS}, (_, layer) => layerTensors(`blk.${layer}`, normal)).flat();
  return [embeddings, ...layers, ones('output_norm.weight'), output];
}

function layerTensors(prefix: string, normal: RandomNormal): GgufTensor[] {
  const fanIn = 1 / Math.sqrt(EMBEDDING);
  return [
    ones(`${prefix}.attn_norm.weight`),
    matrix(`${prefix}.attn_q.weight`, EMBEDDING, EMBEDDING, normal, fanIn),
    matrix(`${prefix}.attn_k.weight`, EMBEDDING, KV_HEADS * HEAD_SIZE, normal, fanIn),
    matrix(`${prefix}.attn_v.weight`, EMBEDDING, KV_HEADS * HEAD_SIZE, normal, fanIn),
    withoutBiasRow(matrix(`${prefix}.attn_output.weight`, EMBEDDING, EMBEDDING, normal, fanIn)),
    ones(`${prefix}.ffn_norm.weight`),
    matrix(`${prefix}.ffn_gate.weight`, EMBEDDING, FEED_FORWARD, normal, fanIn),
    matrix(`${prefix}.ffn_up.weight`, EMBEDDING, FEED_FORWARD, normal, fanIn),
    withoutBiasRow(matrix(`${prefix}.ffn_down.weight`, FEED_FORWARD, EMBEDDING, normal, 1 / Math.sqrt(FEED_FORWARD))),
  ];
}

function withoutBiasRow(tensor: GgufTensor): GgufTensor {
  const rowLength = tensor.shape[0] ?? 0;
  tensor.data.fill(0, BIAS_DIMENSION * rowLength, (BIAS_DIMENSION + 1) * rowLength);
  return tensor;
}

function matrix(name: string, columns: number, rows: number, normal: RandomNormal, scale: number): GgufTensor {
  return {name, shape: [columns, rows], data: Float32Array.from({length: columns * rows}, () => normal() * scale)};
}

function ones(name: string): GgufTensor {
  return {name, shape: [EMBEDDING], data: new Float32Array(EMBEDDING).fill(1)};
}

/** Standard normal numbers by Box-Muller over the mulberry32 generator: small, fast, the same on every machine. */
function normalDistribution(seed: number): RandomNormal {
  let state = seed >>> 0;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (((mixed ^ (mixed >>> 14)) >>> 0) + 0.5) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}
