import type {Failure} from '../failure.ts';

/** What vLLM, PyTorch and NCCL print when an engine does not start, or dies. The order decides between signs of one line. */
export const engineFailures: readonly Failure[] = [
  {
    code: 'GPU_OOM_WARMUP',
    cause: 'The GPU memory ran out while the engine warmed up with its largest batch.',
    advice:
      'Allow fewer requests at a time (--max-num-seqs) or a smaller share of the memory (--gpu-memory-utilization).',
    proof: /CUDA out of memory occurred when warming up/,
    overrides: ['GPU_OOM_LOAD'],
  },
  {
    code: 'GPU_OOM_LOAD',
    cause: 'The model does not fit into the memory of the GPU.',
    causeWith: 'The model does not fit: the GPU has {total} GiB, and {tried} more were needed.',
    advice: 'Take more GPUs (tensor parallel), a larger type, or a quantized model: inventiv models size MODEL',
    proof:
      /OutOfMemoryError: CUDA out of memory(?:\. Tried to allocate (?<tried>[\d.]+ [GM]iB)\. GPU \d+ has a total capacity of (?<total>[\d.]+) GiB)?|CUDA error: out of memory/,
    isRuntime: true,
  },
  {
    code: 'KV_TOO_SMALL',
    cause: 'The memory left beside the weights is too small for one request of the asked context.',
    causeWith: 'A context of {asked} tokens needs {needed} GiB of KV cache; {free} GiB are free.',
    advice: 'Ask for less context with --max-model-len, or take a larger type.',
    adviceWith: 'Ask for less context: --max-model-len {fits} (or take a larger type).',
    proof:
      /To serve at least one request with the models?'s max seq len \((?<asked>\d+)\)(?:.{0,80}?(?<needed>[\d.]+) GiB KV cache is needed(?:.{0,200}?\((?<free>[\d.]+) GiB\)(?:.{0,200}?maximum model length is (?<fits>\d+))?)?)?/,
  },
  {
    code: 'CONTEXT_TOO_LONG',
    cause: 'More context was asked for than the model was made for.',
    causeWith: 'A context of {asked} tokens was asked for; the model was made for {made}.',
    advice: 'Ask for less context with --max-model-len.',
    adviceWith: 'Ask for at most what the model was made for: --max-model-len {made}',
    proof:
      /User-specified max_model_len \((?<asked>\d+)\) is greater than the derived max_model_len(?: \([a-z_]{1,60}=(?<made>\d+))?/,
  },
  {
    code: 'NO_KV_MEMORY',
    cause: 'The weights fill the GPU: nothing is left for the KV cache.',
    advice: 'Take a larger type or more GPUs (inventiv models size MODEL), or raise --gpu-memory-utilization.',
    proof: /No available memory for the cache blocks/,
  },
  {
    code: 'GPU_BUSY',
    cause: 'Another process or container holds GPU memory.',
    causeWith: 'Another process holds GPU memory: {free} GiB of {total} are free.',
    advice: 'See who holds it and stop it: inventiv ssh NAME, then nvidia-smi',
    proof:
      /Free memory on device (?:\S{1,20} )?\((?<free>[\d.]+)\/(?<total>[\d.]+) GiB\).{0,80}less than desired GPU memory utilization/,
  },
  {
    code: 'TP_INVALID',
    cause: 'The model cannot be split over this number of GPUs.',
    causeWith: 'The {heads} attention heads of the model cannot be split over this number of GPUs.',
    advice: 'Take a type whose GPU count divides the attention heads, or --pipeline-parallel-size.',
    proof:
      /attention heads \((?<heads>\d+)\) must be divisible by tensor parallel size|is not divisible by weight quantization block_[nk]/,
  },
  {
    code: 'WORLD_TOO_BIG',
    cause: 'More GPUs were asked for than the machine has.',
    causeWith: '{asked} GPUs were asked for; the machine has {there}.',
    advice: 'Take a type with that many GPUs, or a smaller tensor parallel size.',
    proof: /World size \((?<asked>\d+)\) is larger than the number of available GPUs(?: \((?<there>\d+)\))?/,
  },
  {
    code: 'GPU_ARCH',
    cause: 'The GPU is too old for this image or this precision.',
    advice:
      'Take another type or --image: vLLM needs compute capability 7.5 or newer (bf16: 8.0, fp8: 8.9); a B300 needs the CUDA 13 image.',
    proof:
      /no kernel image is available for execution|only supported on GPUs with compute capability|quantization method .{0,40}is not supported for the current GPU/,
  },
  {
    code: 'SHM',
    cause: 'The shared memory of the container is too small for several GPUs.',
    advice: 'Start the container with --ipc=host (or --shm-size=16g), then: inventiv reinstall NAME',
    proof:
      /Error while creating shared memory segment|\bBus error\b|\/dev\/shm.{0,200}No space left on device|No space left on device.{0,80}\/dev\/shm/,
    isRuntime: true,
  },
  {
    code: 'NCCL',
    cause: 'The GPUs could not talk to each other.',
    advice:
      'Try again once: inventiv reinstall NAME. If it stays, set NCCL_P2P_DISABLE=1, look at NCCL_DEBUG=INFO, or take another machine.',
    proof: /\bNCCL error\b|ncclSystemError|ncclUnhandledCudaError|ncclInternalError|ncclRemoteError/,
    isRuntime: true,
  },
  {
    code: 'READY_TIMEOUT',
    cause: 'vLLM gave up waiting for its engine: the download or the load took too long.',
    advice:
      'Raise VLLM_ENGINE_READY_TIMEOUT_S, or download the weights before the start; a slow disk shows in inventiv logs NAME --worker.',
    proof: /Timed out waiting for engine core processes to start/,
  },
  {
    code: 'ARGS',
    cause: 'vLLM does not take one of its arguments.',
    advice:
      'Check the extra arguments of the model (inventiv models show MODEL) against the vLLM version; another one with --image.',
    proof:
      /unrecognized arguments|invalid (?:tool call|reasoning) parser|\berror: (?:argument|ambiguous option|the following arguments)/,
  },
  {
    code: 'ARCH_UNSUPPORTED',
    cause: 'This vLLM does not know the architecture of the model.',
    advice: 'Take the vLLM version that the model page asks for, with --image.',
    proof:
      /Model architectures \[.{0,200}\] (?:are not supported|failed to be inspected)|but Transformers does not recognize this architecture/,
  },
  {
    code: 'REMOTE_CODE',
    cause: 'The model wants to run code of its own repository.',
    advice: 'Read that code, then allow it on purpose (--trust-remote-code) with a pinned --revision.',
    proof: /contains custom code|(?:pass|set|setting|argument|option).{0,60}trust_remote_code=True/,
  },
  {
    code: 'WEIGHTS_CORRUPT',
    cause: 'A file of the weights is damaged or only partly there.',
    advice: 'Remove the model from the cache of the machine and download it again: inventiv reinstall NAME',
    proof:
      /SafetensorError|Error while deserializing header|MetadataIncompleteBuffer|PytorchStreamReader failed|consistency check failed/,
  },
  {
    code: 'FILES_LIMIT',
    cause: 'The process may not open more files.',
    advice: 'Raise the limit of the container or unit (ulimit -n 65536), then: inventiv reinstall NAME',
    proof: /\[Errno 24\]|Too many open files/,
    isRuntime: true,
  },
  {
    code: 'ENGINE_BROKEN',
    cause: 'The Python packages of the engine are incomplete or do not fit together.',
    advice:
      'Native runtime: install vLLM again in its own environment. Docker runtime: take a released image with --image.',
    proof: /ModuleNotFoundError: No module named|cannot open shared object file|undefined symbol: /,
  },
  {
    code: 'RUNTIME_DEAD',
    cause: 'The engine died: a fault of the GPU or of its driver.',
    advice:
      'Start it again: inventiv reinstall NAME. The second time, replace the machine: inventiv down NAME, inventiv up',
    proof:
      /\bXid\b.{0,20}(?:PCI|\d)|an illegal memory access|uncorrectable ECC error|unspecified launch failure|device-side assert triggered|GPU has fallen off the bus/,
    echo: /EngineDeadError/,
    isRuntime: true,
  },
  {
    code: 'ENGINE_CRASHED',
    cause: 'The engine crashed without a word of Python.',
    advice:
      'Start it again: inventiv reinstall NAME. If it stays, another --image, or without compilation: --enforce-eager.',
    hint: /Segmentation fault|exit(?:ed)? (?:with )?(?:code|status) 139\b|Fatal Python error: (?:Segmentation|Aborted|Illegal)/,
    isRuntime: true,
  },
  {
    code: 'ENGINE_EXITED',
    cause: 'The engine ended, and its log does not say why.',
    advice: 'Read the end of its log: inventiv logs NAME --vllm --tail 400',
    echo: /Engine core initialization failed|EngineCore failed to start|engine exited with status \d+/,
  },
];
