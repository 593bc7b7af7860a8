import {modelIdFromHfId} from './hf-id.ts';
import type {ModelArchitecture, ModelSpec, Precision} from './model.ts';

/**
 * The catalog a fresh store starts with. Sizes are the published weight files; architecture is from each model's
 * `config.json`. `estimated` marks the rows where either is an informed guess. `models update` corrects them.
 */
export const SEED_MODELS: readonly ModelSpec[] = [
  // Small ones: first steps, tests, cheap machines.
  qwen25('Qwen/Qwen2.5-0.5B-Instruct', 0.988, gqa(24, 14, 2, 64)),
  qwen25('Qwen/Qwen2.5-1.5B-Instruct', 3.087, gqa(28, 12, 2, 128)),
  {...qwen25('Qwen/Qwen2.5-3B-Instruct', 6.172, gqa(36, 16, 2, 128)), license: 'qwen-research'},
  qwen25('Qwen/Qwen2.5-7B-Instruct', 15.231, gqa(28, 28, 4, 128)),
  qwen3('Qwen/Qwen3-0.6B', 'bf16', 1.503, gqa(28, 16, 8, 128)),
  qwen3('Qwen/Qwen3-4B', 'bf16', 8.045, gqa(36, 32, 8, 128)),
  qwen3('Qwen/Qwen3-8B', 'bf16', 16.381, gqa(36, 32, 8, 128)),
  qwen3('Qwen/Qwen3-32B', 'bf16', 65.524, gqa(64, 64, 8, 128), 32_768),
  qwen3('Qwen/Qwen3-32B-FP8', 'fp8', 34.2, gqa(64, 64, 8, 128), 32_768),

  // Qwen 3.5 and 3.6: three linear-attention layers for every full one, hence the small KV cache.
  qwen35('Qwen/Qwen3.5-9B', 'bf16', 19, hybrid(32, 8, 16, 4, 256)),
  qwen35('Qwen/Qwen3.6-27B-FP8', 'fp8', 30, hybrid(64, 16, 24, 4, 256)),
  qwen35('Qwen/Qwen3.6-27B', 'bf16', 56, hybrid(64, 16, 24, 4, 256)),
  qwen35('Qwen/Qwen3.6-35B-A3B-FP8', 'fp8', 37, hybrid(40, 10, 16, 2, 256)),
  qwen35('Qwen/Qwen3.5-122B-A10B-FP8', 'fp8', 127, hybrid(48, 12, 32, 2, 256)),

  // Meta. The repositories are gated: accept the licence, send a token.
  llama('meta-llama/Llama-3.1-8B-Instruct', 'bf16', 16.061, gqa(32, 32, 8, 128), 16_384),
  llama('meta-llama/Llama-3.3-70B-Instruct', 'bf16', 141.107, gqa(80, 64, 8, 128), 65_536),
  {
    ...llama('RedHatAI/Llama-3.3-70B-Instruct-FP8-dynamic', 'fp8', 72.7, gqa(80, 64, 8, 128), 65_536),
    gated: false,
  },
  {
    ...llama('meta-llama/Llama-4-Scout-17B-16E-Instruct', 'bf16', 217.3, gqa(48, 40, 8, 128), 131_072),
    contextMaxTokens: 10_485_760,
    license: 'llama4',
    toolCallParser: 'llama4_pythonic',
    estimated: true,
  },

  mistral('mistralai/Ministral-3-8B-Instruct-2512', 10, gqa(34, 32, 8, 128), 32_768),
  mistral('mistralai/Ministral-3-14B-Instruct-2512', 16, gqa(40, 32, 8, 128), 16_384),
  mistral('mistralai/Devstral-Small-2-24B-Instruct-2512', 26, gqa(40, 32, 8, 128), 65_536),
  {
    ...mistral('mistralai/Mistral-Small-4-119B-2603', 121, gqa(36, 32, 8, 128), 65_536),
    vllmMinVersion: '0.18.0',
    reasoningParser: 'mistral',
  },

  // gpt-oss and Gemma alternate sliding-window layers, which keep only a short window, with full ones.
  gptOss('openai/gpt-oss-20b', 13.76, hybrid(24, 12, 64, 8, 64), 65_536),
  gptOss('openai/gpt-oss-120b', 65.25, hybrid(36, 18, 64, 8, 64), 131_072),
  {
    ...gemma('google/gemma-3-27b-it', 54.86, hybrid(62, 10, 32, 16, 128), 84),
    license: 'gemma',
    gated: true,
    contextMaxTokens: 131_072,
    vllmMinVersion: '0.8.0',
  },
  {...gemma('google/gemma-4-12B-it', 25, hybrid(48, 8, 16, 8, 256), 80), ...gemma4Parsers()},
  {...gemma('google/gemma-4-26B-A4B-it', 52, hybrid(30, 5, 16, 8, 256), 80), ...gemma4Parsers()},
  {...gemma('google/gemma-4-31B-it', 62, hybrid(60, 10, 32, 16, 256), 100), ...gemma4Parsers()},

  // Very large.
  {
    ...base('deepseek-ai/DeepSeek-V3.2', 'fp8', 690, {...gqa(61, 128, 128, 128), mla: true}, 163_840, 131_072),
    license: 'mit',
    // Its sparse attention has kernels for Hopper and newer only.
    minComputeCapability: 9,
    vllmMinVersion: '0.11.1',
    toolCallParser: 'deepseek_v32',
    reasoningParser: 'deepseek_r1',
  },
  {
    ...base('deepseek-ai/DeepSeek-V4-Flash', 'mixed', 170, {...gqa(43, 64, 64, 128), mla: true}, 1_048_576, 131_072),
    license: 'mit',
    // Its sparse attention has kernels for Hopper and newer only.
    minComputeCapability: 9,
    vllmMinVersion: '0.20.0',
    estimated: true,
  },
  {
    ...base('zai-org/GLM-4.7-FP8', 'fp8', 362, gqa(92, 96, 8, 128), 202_752, 131_072),
    license: 'mit',
    vllmMinVersion: '0.12.0',
    toolCallParser: 'glm47',
    reasoningParser: 'glm45',
    estimated: true,
  },

  // Embeddings. bge-m3 is an encoder: no KV cache at all.
  {
    ...base('BAAI/bge-m3', 'fp32', 2.271, {...gqa(24, 16, 16, 64), attentionLayers: 0}, 8_192, 8_192),
    license: 'mit',
    task: 'embed',
    vllmMinVersion: '0.8.5',
  },
  {
    ...base('Qwen/Qwen3-Embedding-0.6B', 'bf16', 1.192, gqa(28, 16, 8, 128), 32_768, 8_192),
    license: 'apache-2.0',
    task: 'embed',
    vllmMinVersion: '0.9.2',
  },
];

function base(
  hfId: string,
  precision: Precision,
  weightsGb: number,
  architecture: ModelArchitecture,
  contextMaxTokens: number,
  defaultMaxModelLen: number,
): ModelSpec {
  return {
    id: modelIdFromHfId(hfId),
    hfId,
    displayName: hfId.slice(hfId.indexOf('/') + 1).replaceAll('-', ' '),
    active: true,
    gated: false,
    task: 'generate',
    precision,
    weightsBytes: Math.round(weightsGb * 1e9),
    architecture,
    contextMaxTokens,
    defaultMaxModelLen,
    vllmMinVersion: '0.8.5',
    extraArgs: [],
  };
}

function qwen25(hfId: string, weightsGb: number, architecture: ModelArchitecture): ModelSpec {
  return {
    ...base(hfId, 'bf16', weightsGb, architecture, 32_768, 16_384),
    license: 'apache-2.0',
    toolCallParser: 'hermes',
  };
}

function qwen3(
  hfId: string,
  precision: Precision,
  weightsGb: number,
  architecture: ModelArchitecture,
  defaultMaxModelLen = 16_384,
): ModelSpec {
  return {
    ...base(hfId, precision, weightsGb, architecture, 40_960, defaultMaxModelLen),
    license: 'apache-2.0',
    toolCallParser: 'hermes',
    reasoningParser: 'qwen3',
  };
}

function qwen35(hfId: string, precision: Precision, weightsGb: number, architecture: ModelArchitecture): ModelSpec {
  return {
    ...base(hfId, precision, weightsGb, architecture, 262_144, 131_072),
    license: 'apache-2.0',
    vllmMinVersion: '0.18.0',
    toolCallParser: 'qwen3_coder',
    reasoningParser: 'qwen3',
    estimated: true,
  };
}

function llama(
  hfId: string,
  precision: Precision,
  weightsGb: number,
  architecture: ModelArchitecture,
  defaultMaxModelLen: number,
): ModelSpec {
  return {
    ...base(hfId, precision, weightsGb, architecture, 131_072, defaultMaxModelLen),
    gated: true,
    license: hfId.includes('3.3') ? 'llama3.3' : 'llama3.1',
    toolCallParser: 'llama3_json',
  };
}

function mistral(
  hfId: string,
  weightsGb: number,
  architecture: ModelArchitecture,
  defaultMaxModelLen: number,
): ModelSpec {
  return {
    ...base(hfId, 'fp8', weightsGb, architecture, 262_144, defaultMaxModelLen),
    license: 'apache-2.0',
    vllmMinVersion: '0.12.0',
    toolCallParser: 'mistral',
    // Their repositories ship Mistral's own tokenizer, config and weight layout.
    extraArgs: ['--tokenizer-mode', 'mistral', '--config-format', 'mistral', '--load-format', 'mistral'],
    estimated: true,
  };
}

function gptOss(
  hfId: string,
  weightsGb: number,
  architecture: ModelArchitecture,
  defaultMaxModelLen: number,
): ModelSpec {
  return {
    ...base(hfId, 'mxfp4', weightsGb, architecture, 131_072, defaultMaxModelLen),
    license: 'apache-2.0',
    vllmMinVersion: '0.10.2',
    toolCallParser: 'openai',
  };
}

/** The override counts the sliding-window layers' share, which the plain formula over full layers leaves out. */
function gemma(hfId: string, weightsGb: number, architecture: ModelArchitecture, kvKibPerToken: number): ModelSpec {
  return {
    ...base(hfId, 'bf16', weightsGb, architecture, 262_144, 65_536),
    license: 'apache-2.0',
    kvBytesPerTokenOverride: kvKibPerToken * 1024,
    vllmMinVersion: '0.20.0',
    estimated: true,
  };
}

function gemma4Parsers(): Pick<ModelSpec, 'toolCallParser' | 'reasoningParser'> {
  return {toolCallParser: 'gemma4', reasoningParser: 'gemma4'};
}

/** Grouped-query attention in every layer. */
function gqa(layers: number, attentionHeads: number, kvHeads: number, headDim: number): ModelArchitecture {
  return {layers, attentionLayers: layers, attentionHeads, kvHeads, headDim};
}

/** Only some layers keep the whole context. */
function hybrid(
  layers: number,
  attentionLayers: number,
  attentionHeads: number,
  kvHeads: number,
  headDim: number,
): ModelArchitecture {
  return {layers, attentionLayers, attentionHeads, kvHeads, headDim};
}
