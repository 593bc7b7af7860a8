import type {PhaseName} from './start-up-phases.ts';

/**
 * Where a failure shows:
 * - container: Docker refuses to start the container, vLLM never runs
 * - killed: the kernel kills the process, nothing is printed
 * - serve: vLLM comes up and its engine dies at the first request
 * - process: vLLM prints a traceback and exits; from `init_gpu` on it is the engine process that fails
 */
export interface StartUpFailure {
  phase: PhaseName;
  kind: 'container' | 'killed' | 'serve' | 'process';
  exitCode: number;
  /** Lines above the exception, such as warnings. */
  before?: readonly string[];
  /** `Type: message` as the last line of the traceback; the whole output for `container`. */
  cause(facts: {model: string; maxModelLen: number; tensorParallelSize: number; port: number}): string;
}

const fails = (phase: PhaseName, cause: StartUpFailure['cause'], before?: readonly string[]): StartUpFailure => ({
  phase,
  kind: 'process',
  exitCode: 1,
  cause,
  ...(before && {before}),
});
const refusedByDocker = (cause: string): StartUpFailure => ({
  phase: 'boot',
  kind: 'container',
  exitCode: 125,
  cause: () => cause,
});

/** One entry per diagnosable failure; texts composed so that the pattern that operators search for is in them. */
export const START_UP_FAILURES = {
  GPU_OOM_LOAD: fails(
    'load',
    () =>
      'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 896.00 MiB. GPU 0 has a total capacity of 22.03 GiB of which ' +
      '312.06 MiB is free. Including non-PyTorch memory, this process has 21.72 GiB memory in use.',
  ),
  KV_TOO_SMALL: fails('kv', ({maxModelLen}) => {
    const fitting = Math.floor(maxModelLen * 0.6);
    return kvTooSmallText({
      maxModelLen,
      neededGib: maxModelLen / 8192,
      availableGib: fitting / 8192,
      fittingTokens: fitting,
    });
  }),
  NO_KV_MEMORY: fails(
    'kv',
    () =>
      'ValueError: No available memory for the cache blocks. Try increasing `gpu_memory_utilization` when initializing the engine.',
  ),
  GPU_BUSY: fails(
    'init_gpu',
    () =>
      'ValueError: Free memory on device cuda:0 (3.41/22.03 GiB) on startup is less than desired GPU memory utilization (0.92, 20.27 GiB). ' +
      'Decrease GPU memory utilization or reduce GPU memory used by other processes.',
  ),
  TP_INVALID: fails(
    'config',
    ({tensorParallelSize}) =>
      `pydantic_core._pydantic_core.ValidationError: 1 validation error for VllmConfig\n  Value error, Total number of attention heads (40) ` +
      `must be divisible by tensor parallel size (${tensorParallelSize}).`,
  ),
  WORLD_TOO_BIG: fails(
    'config',
    ({tensorParallelSize}) =>
      `ValueError: World size (${Math.max(2, tensorParallelSize)}) is larger than the number of available GPUs (1) in this node.`,
  ),
  DRIVER_OLD: refusedByDocker(
    'docker: Error response from daemon: failed to create task for container: failed to create shim task: OCI runtime create failed: ' +
      'runc create failed: unable to start container process: error during container init: error running prestart hook #0: exit status 1, ' +
      "stdout: , stderr: Auto-detected mode as 'legacy'\nnvidia-container-cli: requirement error: unsatisfied condition: cuda>=13.0, " +
      'please update your driver to a newer version, or use an earlier cuda container: unknown',
  ),
  DRIVER_MISMATCH: fails(
    'init_gpu',
    () =>
      'RuntimeError: Unexpected error from cudaGetDeviceCount(). Error 803: system has unsupported display driver / cuda driver combination',
  ),
  NO_GPU_RUNTIME: fails(
    'boot',
    () => 'RuntimeError: Failed to infer device type, please set the environment variable VLLM_LOGGING_LEVEL=DEBUG',
  ),
  GPU_ARCH: fails(
    'load',
    () => 'torch.AcceleratorError: CUDA error: no kernel image is available for execution on the device',
  ),
  HF_GATED: fails(
    'config',
    ({model}) =>
      `OSError: You are trying to access a gated repo.\nMake sure to have access to it at https://huggingface.co/${model}.\n` +
      `403 Client Error. Cannot access gated repo for url https://huggingface.co/${model}/resolve/main/config.json.`,
  ),
  HF_AUTH: fails(
    'config',
    ({model}) =>
      `huggingface_hub.errors.HfHubHTTPError: 401 Client Error: Unauthorized for url: https://huggingface.co/api/models/${model}\n` +
      'Invalid user token.',
  ),
  HF_NOT_FOUND: fails(
    'config',
    ({model}) =>
      `OSError: ${model} is not a local folder and is not a valid model identifier listed on 'https://huggingface.co/models'`,
  ),
  HF_RATE: fails(
    'download',
    ({model}) =>
      `huggingface_hub.errors.HfHubHTTPError: 429 Client Error: Too Many Requests for url: https://huggingface.co/api/models/${model}`,
  ),
  NET: fails(
    'config',
    () =>
      "requests.exceptions.ConnectionError: HTTPSConnectionPool(host='huggingface.co', port=443): Max retries exceeded " +
      '(Caused by NameResolutionError("Failed to resolve \'huggingface.co\' ([Errno -3] Temporary failure in name resolution)"))',
  ),
  DISK_FULL: fails('download', () => 'OSError: [Errno 28] No space left on device'),
  SHM: fails(
    'init_gpu',
    () => 'RuntimeError: NCCL error: unhandled system error (run with NCCL_DEBUG=INFO for details)',
    ['NCCL WARN Error while creating shared memory segment /dev/shm/nccl-9fHu2k (size 9637888)'],
  ),
  NCCL: fails(
    'init_gpu',
    () =>
      'torch.distributed.DistBackendError: NCCL error in: ProcessGroupNCCL.cpp:3356, unhandled cuda error, NCCL version 2.27.5\n' +
      'ncclUnhandledCudaError: Call to CUDA function failed.',
  ),
  READY_TIMEOUT: fails(
    'load',
    () => 'TimeoutError: Timed out waiting for engine core processes to start. Raise VLLM_ENGINE_READY_TIMEOUT_S.',
  ),
  PORT: fails('boot', () => 'OSError: [Errno 98] Address already in use'),
  ARGS: fails(
    'config',
    () =>
      "KeyError: 'invalid tool call parser: hermez (chose from { deepseek_v3,hermes,llama3_json,mistral,qwen3_coder })'",
  ),
  ARCH_UNSUPPORTED: fails(
    'config',
    () =>
      "pydantic_core._pydantic_core.ValidationError: 1 validation error for ModelConfig\n  Value error, Model architectures ['NextForCausalLM'] " +
      'are not supported for now. Supported architectures: LlamaForCausalLM, Qwen3ForCausalLM',
  ),
  REMOTE_CODE: fails(
    'config',
    ({model}) =>
      `ValueError: The repository ${model} contains custom code which must be executed to correctly load the model. ` +
      'Please pass the argument `trust_remote_code=True` to allow custom code to be run.',
  ),
  HOST_OOM: {phase: 'load', kind: 'killed', exitCode: 137, cause: () => ''},
  RUNTIME_DEAD: {
    phase: 'serving',
    kind: 'serve',
    exitCode: 1,
    cause: () => 'torch.AcceleratorError: CUDA error: an illegal memory access was encountered',
  },
} as const satisfies Record<string, StartUpFailure>;

export type FailureCode = keyof typeof START_UP_FAILURES;
export const FAILURE_CODES = Object.keys(START_UP_FAILURES).filter(
  (code): code is FailureCode => code in START_UP_FAILURES,
);

export function kvTooSmallText(sizes: {
  maxModelLen: number;
  neededGib: number;
  availableGib: number;
  fittingTokens: number;
}): string {
  return (
    `ValueError: To serve at least one request with the models's max seq len (${sizes.maxModelLen}), ${sizes.neededGib.toFixed(2)} GiB KV ` +
    `cache is needed, which is larger than the available KV cache memory (${sizes.availableGib.toFixed(2)} GiB). Based on the available ` +
    `memory, the estimated maximum model length is ${sizes.fittingTokens}. Try increasing \`gpu_memory_utilization\` or decreasing ` +
    '`max_model_len` when initializing the engine.'
  );
}
