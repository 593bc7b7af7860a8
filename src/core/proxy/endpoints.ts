/** How an endpoint speaks, what its bodies may weigh, and what it counts. */
export interface EndpointTraits {
  /** Where clients reach it; the first is its own, the others are names that other servers gave it. */
  readonly paths: readonly string[];
  readonly upstreamPath: string;
  /** The shape of its errors. */
  readonly dialect: 'openai' | 'anthropic';
  /** Chunks that end with `[DONE]`, or named events that end with one of their own; null never streams. */
  readonly stream: 'chunks' | 'responses' | 'messages' | null;
  readonly body: 'json' | 'form';
  /** Whether images or audio may come as base64 or as a file. */
  readonly multimodal: boolean;
  /** Whether the engine's schema has `cache_salt`. */
  readonly salted: boolean;
  /** The members that bound the answer's tokens; the engine takes the first that is set. */
  readonly maxTokens: readonly string[];
  /** The member that takes a system prompt of ours; null where there is no turn for one. */
  readonly systemPrompt: 'messages' | 'instructions' | 'system' | null;
  /** What it costs; nothing where no model runs. */
  readonly bills: 'tokens' | 'audio' | 'nothing';
}

const generation = {
  dialect: 'openai',
  stream: 'chunks',
  body: 'json',
  multimodal: true,
  salted: true,
  maxTokens: ['max_tokens'],
  systemPrompt: null,
  bills: 'tokens',
} as const;
const pooling = {...generation, stream: null, multimodal: false, salted: false, maxTokens: []} as const;
const audio = {...pooling, stream: 'chunks', body: 'form', multimodal: true, bills: 'audio'} as const;

/** Every endpoint that reaches a worker, by the name it has in records and metrics (after `/v1/`). */
export const endpoints = {
  'chat/completions': {
    ...generation,
    paths: ['/v1/chat/completions'],
    upstreamPath: '/v1/chat/completions',
    maxTokens: ['max_completion_tokens', 'max_tokens'],
    systemPrompt: 'messages',
  },
  completions: {...generation, paths: ['/v1/completions'], upstreamPath: '/v1/completions', multimodal: false},
  responses: {
    ...generation,
    paths: ['/v1/responses'],
    upstreamPath: '/v1/responses',
    stream: 'responses',
    maxTokens: ['max_output_tokens'],
    systemPrompt: 'instructions',
  },
  messages: {
    ...generation,
    paths: ['/v1/messages'],
    upstreamPath: '/v1/messages',
    dialect: 'anthropic',
    stream: 'messages',
    salted: false,
    systemPrompt: 'system',
  },
  'messages/count_tokens': {
    ...pooling,
    paths: ['/v1/messages/count_tokens'],
    upstreamPath: '/v1/messages/count_tokens',
    dialect: 'anthropic',
    // Counts what the same request to Messages would be billed for.
    systemPrompt: 'system',
    bills: 'nothing',
  },
  embeddings: {...pooling, paths: ['/v1/embeddings'], upstreamPath: '/v1/embeddings'},
  rerank: {...pooling, paths: ['/v1/rerank', '/v2/rerank', '/rerank'], upstreamPath: '/v1/rerank'},
  score: {...pooling, paths: ['/v1/score', '/score'], upstreamPath: '/v1/score'},
  tokenize: {...pooling, paths: ['/v1/tokenize', '/tokenize'], upstreamPath: '/tokenize', bills: 'nothing'},
  detokenize: {...pooling, paths: ['/v1/detokenize', '/detokenize'], upstreamPath: '/detokenize', bills: 'nothing'},
  'audio/transcriptions': {
    ...audio,
    paths: ['/v1/audio/transcriptions'],
    upstreamPath: '/v1/audio/transcriptions',
  },
  'audio/translations': {...audio, paths: ['/v1/audio/translations'], upstreamPath: '/v1/audio/translations'},
} as const satisfies Record<string, EndpointTraits>;

export type ProxyEndpoint = keyof typeof endpoints;

/** Typed as what all have in common. */
export function traitsOf(endpoint: ProxyEndpoint): EndpointTraits {
  return endpoints[endpoint];
}
