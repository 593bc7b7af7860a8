/** How a command-line flag is read: `switch` takes no value, `list` takes one or more words, the rest take one. */
export interface Flag {
  name: string;
  kind: 'switch' | 'text' | 'list';
  value?: string;
  help?: string;
}

/** Flags of `vllm serve` that change how the fake behaves. */
export const VLLM_FLAGS: readonly Flag[] = [
  {name: 'model', kind: 'text', value: 'MODEL', help: 'same as the first positional argument'},
  {name: 'host', kind: 'text', value: 'ADDRESS', help: 'address to bind (default 127.0.0.1; vLLM itself binds all)'},
  {name: 'port', kind: 'text', value: 'N', help: 'port (default 8000); 0 lets the system choose, see the log'},
  {name: 'served-model-name', kind: 'list', value: 'NAME', help: 'names to answer to (default: the model); repeatable'},
  {
    name: 'api-key',
    kind: 'list',
    value: 'KEY',
    help: 'keys that guard /v1; env VLLM_API_KEY is not in the process list',
  },
  {name: 'max-model-len', kind: 'text', value: 'N', help: 'context in tokens: 4096, 16k, 16K, auto (default 32768)'},
  {name: 'max-num-seqs', kind: 'text', value: 'N', help: 'slots per engine (default 256)'},
  {name: 'max-num-queued-reqs', kind: 'text', value: 'N', help: 'cap on waiting and running requests, then 503'},
  {name: 'max-num-queued-tokens', kind: 'text', value: 'N', help: 'cap on prompt tokens still in prefill, then 503'},
  {name: 'num-gpu-blocks-override', kind: 'text', value: 'N', help: 'KV blocks of 16 tokens per engine'},
  {name: 'gpu-memory-utilization', kind: 'text', value: 'SHARE', help: 'shown in metrics (default 0.92)'},
  {name: 'enable-prefix-caching', kind: 'switch', help: 'on by default; --no-enable-prefix-caching turns it off'},
  {name: 'tensor-parallel-size', kind: 'text', value: 'N', help: 'must divide --attention-heads and fit --gpus'},
  {name: 'pipeline-parallel-size', kind: 'text', value: 'N'},
  {name: 'data-parallel-size', kind: 'text', value: 'N', help: 'engines behind this one port'},
  {name: 'seed', kind: 'text', value: 'N', help: 'seed of texts and jitter (default 0)'},
  {name: 'enable-auto-tool-choice', kind: 'switch'},
  {name: 'tool-call-parser', kind: 'text', value: 'NAME'},
  {name: 'reasoning-parser', kind: 'text', value: 'NAME', help: 'answers begin with reasoning'},
  {name: 'enable-prompt-tokens-details', kind: 'switch'},
  {name: 'enable-force-include-usage', kind: 'switch'},
  {name: 'enable-server-load-tracking', kind: 'switch'},
  {name: 'enable-request-id-headers', kind: 'switch'},
  {name: 'enable-per-request-metrics', kind: 'switch'},
  {name: 'disable-log-stats', kind: 'switch', help: 'empties the vllm: metrics'},
  {name: 'disable-uvicorn-access-log', kind: 'switch'},
  {name: 'shutdown-timeout', kind: 'text', value: 'SECONDS', help: 'how long SIGTERM waits for requests (default 5)'},
];

/** Flags that only the fake has. */
export const FAKE_FLAGS: readonly Flag[] = [
  {name: 'task', kind: 'text', value: 'TASK', help: 'generate, embed, score, transcribe; both (the default) has all'},
  {name: 'startup-profile', kind: 'text', value: 'NAME', help: 'instant, warm-3b, warm-8b, moe-35b, fp8-70b'},
  {name: 'startup-ms', kind: 'text', value: 'MS', help: 'whole start-up time, split over the phases (default 100)'},
  {name: 'phase-ms', kind: 'list', value: 'PHASE=MS', help: 'time of one phase; repeatable'},
  {name: 'fail', kind: 'text', value: 'CODE[@PHASE]', help: 'a scripted start-up failure, see below'},
  {name: 'die-after-ms', kind: 'text', value: 'MS', help: 'the engine dies this long after it became ready'},
  {name: 'die-after-requests', kind: 'text', value: 'N', help: 'the engine dies when request N arrives'},
  {name: 'ttft-ms', kind: 'text', value: 'MS', help: 'fixed part of the time to first token (default 2)'},
  {name: 'prefill-us-per-token', kind: 'text', value: 'US', help: 'per prompt token not in the cache (default 2)'},
  {name: 'itl-ms', kind: 'text', value: 'MS', help: 'delay between tokens of a lone request (default 1)'},
  {name: 'jitter', kind: 'text', value: 'SHARE', help: 'share by which delays vary (default 0.1)'},
  {name: 'load-factor', kind: 'text', value: 'SHARE', help: 'how much slower steps are when full (default 1)'},
  {name: 'tokens-per-step', kind: 'text', value: 'N', help: 'tokens per step, as speculative decoding (default 1)'},
  {
    name: 'output-len',
    kind: 'text',
    value: 'N',
    help: 'exact natural length of answers (default: seeded 12 to about 80)',
  },
  {name: 'embedding-dim', kind: 'text', value: 'N', help: 'length of embedding vectors (default 384)'},
  {name: 'gpus', kind: 'text', value: 'N', help: 'GPUs that the fake pretends to have (default 8)'},
  {name: 'attention-heads', kind: 'text', value: 'N', help: 'attention heads of the model (default 64)'},
  {name: 'weights-gib', kind: 'text', value: 'GIB', help: 'size of the weights, for the log (default 15.3)'},
  {name: 'vllm-version', kind: 'text', value: 'X.Y.Z', help: 'version to report (default 0.27.1)'},
  {name: 'control-port', kind: 'text', value: 'N', help: 'control server on 127.0.0.1; 0 = off, auto = system chooses'},
  {name: 'help', kind: 'switch', help: 'this text'},
];

/** Flags of `vllm serve` that are accepted and have no effect here. */
const IGNORED_TEXT = `
  allowed-headers allowed-methods allowed-origins api-server-count async-scheduling attention-backend block-size chat-template
  chat-template-content-format compilation-config config-format convert cpu-offload-gb data-parallel-address
  data-parallel-backend data-parallel-rank data-parallel-rpc-port data-parallel-size-local data-parallel-start-rank
  default-chat-template-kwargs distributed-executor-backend download-dir dtype generation-config hf-config-path
  hf-overrides hf-token kv-cache-dtype kv-cache-memory-bytes kv-events-config kv-transfer-config limit-mm-per-prompt
  load-format logits-processors logprobs-mode long-prefill-token-threshold lora-modules max-cpu-loras max-log-len max-logprobs
  max-lora-rank max-loras max-num-batched-tokens max-num-partial-prefills max-seq-len-to-capture
  media-io-kwargs middleware mm-encoder-tp-mode mm-processor-cache-gb mm-processor-kwargs model-impl
  model-loader-extra-config numa-bind-nodes optimization-level otlp-traces-endpoint override-generation-config
  override-pooler-config pooler-config prefix-caching-hash-algo quantization ray-workers-use-nsight response-role revision
  root-path rope-scaling rope-theta runner safetensors-load-strategy scheduler-cls scheduling-policy show-hidden-metrics-for-version
  speculative-config ssl-ca-certs ssl-certfile ssl-keyfile structured-outputs-config swap-space tokenizer
  tokenizer-mode tokenizer-revision tool-parser-plugin tool-server uvicorn-log-level worker-cls
`;
const IGNORED_SWITCHES = `
  allow-credentials calculate-kv-scales disable-cascade-attn disable-custom-all-reduce disable-fastapi-docs
  disable-frontend-multiprocessing disable-hybrid-kv-cache-manager disable-log-requests disable-mm-preprocessor-cache
  disable-sliding-window enable-chunked-prefill enable-dbo enable-eplb enable-expert-parallel enable-log-outputs
  enable-log-requests enable-lora enable-mfu-metrics enable-prompt-embeds enable-return-routed-experts enable-sleep-mode
  enable-ssl-refresh enable-tokenizer-info-endpoint enforce-eager exclude-tools-when-tool-choice-none headless
  interleave-mm-strings kv-cache-metrics kv-sharing-fast-prefill language-model-only log-config-file return-tokens-as-token-ids
  skip-mm-profiling skip-tokenizer-init trust-request-chat-template trust-remote-code use-tqdm-on-load
`;

const names = (text: string): string[] => text.trim().split(/\s+/);

export const IGNORED_FLAGS: readonly Flag[] = [
  ...names(IGNORED_TEXT).map(name => ({name, kind: 'text' as const})),
  ...names(IGNORED_SWITCHES).map(name => ({name, kind: 'switch' as const})),
];

/** Short forms that `vllm serve` has. */
export const SHORT_FLAGS: Readonly<Record<string, string>> = {
  '-tp': '--tensor-parallel-size',
  '-pp': '--pipeline-parallel-size',
  '-dp': '--data-parallel-size',
  '-q': '--quantization',
  '-O': '--optimization-level',
  '-h': '--help',
};
