import {describe, expect, it} from 'vitest';
import {adviceFor} from '../../../src/core/diagnosis/advice.ts';
import {diagnoseLog} from '../../../src/core/diagnosis/diagnose.ts';

const worker = '(EngineCore_DP0 pid=214) ERROR 11-23 14:02:11 [core.py:866]';

/** One line of a failing start as vLLM, its libraries or the container runtime print it, per cause. */
const samples: readonly (readonly [code: string, line: string])[] = [
  [
    'GPU_OOM_LOAD',
    `${worker} torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 896.00 MiB. GPU 0 has a total capacity of 22.03 GiB`,
  ],
  [
    'KV_TOO_SMALL',
    `${worker} ValueError: To serve at least one request with the models's max seq len (131072), (16.00 GiB KV cache is needed, which is larger than the available KV cache memory (4.21 GiB).`,
  ],
  [
    'KV_TOO_SMALL',
    `${worker} ValueError: To serve at least one request with the model's max seq len (32768), 3.5 GiB KV cache is needed`,
  ],
  [
    'NO_KV_MEMORY',
    `${worker} ValueError: No available memory for the cache blocks. Try increasing \`gpu_memory_utilization\` when initializing the engine.`,
  ],
  [
    'GPU_BUSY',
    `${worker} ValueError: Free memory on device (3.12/22.03 GiB) on startup is less than desired GPU memory utilization (0.9, 19.83 GiB).`,
  ],
  ['TP_INVALID', 'Value error, Total number of attention heads (14) must be divisible by tensor parallel size (4).'],
  ['WORLD_TOO_BIG', 'ValueError: World size (8) is larger than the number of available GPUs (4) in this node.'],
  [
    'DRIVER_OLD',
    'nvidia-container-cli: requirement error: unsatisfied condition: cuda>=13.0, please update your driver to a newer version',
  ],
  [
    'DRIVER_MISMATCH',
    'RuntimeError: The NVIDIA driver on your system is too old: CUDA driver version is insufficient for CUDA runtime version',
  ],
  ['DRIVER_MISMATCH', 'Failed to initialize NVML: Driver/library version mismatch'],
  [
    'NO_GPU_RUNTIME',
    'docker: Error response from daemon: could not select device driver "" with capabilities: [[gpu]].',
  ],
  ['NO_GPU_RUNTIME', 'RuntimeError: Failed to infer device type, please set the environment variable'],
  ['NO_GPU_RUNTIME', 'RuntimeError: No CUDA GPUs are available'],
  ['GPU_ARCH', 'RuntimeError: CUDA error: no kernel image is available for execution on the device'],
  [
    'HF_GATED',
    'OSError: You are trying to access a gated repo. Make sure to have access to it at https://huggingface.co/meta-llama/Llama-3.1-8B',
  ],
  ['HF_GATED', 'huggingface_hub.errors.GatedRepoError: 403 Client Error.'],
  [
    'HF_AUTH',
    'requests.exceptions.HTTPError: 401 Client Error: Unauthorized for url: https://huggingface.co/api/models/x/y',
  ],
  ['HF_AUTH', 'Invalid user token. The token stored is invalid.'],
  ['HF_NOT_FOUND', 'huggingface_hub.errors.RepositoryNotFoundError: 404 Client Error.'],
  [
    'HF_NOT_FOUND',
    "OSError: nobody/nothing is not a local folder and is not a valid model identifier listed on 'https://huggingface.co/models'",
  ],
  ['HF_NOT_FOUND', 'huggingface_hub.errors.RevisionNotFoundError: 404 Client Error.'],
  [
    'HF_RATE',
    'huggingface_hub.errors.HfHubHTTPError: 429 Client Error: Too Many Requests for url: https://huggingface.co/api/models',
  ],
  [
    'NET',
    "urllib3.exceptions.NameResolutionError: Failed to resolve 'huggingface.co' ([Errno -3] Temporary failure in name resolution)",
  ],
  [
    'NET',
    'requests.exceptions.ConnectionError: HTTPSConnectionPool(host=huggingface.co, port=443): Max retries exceeded',
  ],
  [
    'NET',
    'huggingface_hub.errors.LocalEntryNotFoundError: An error happened while trying to locate the file on the Hub',
  ],
  ['DISK_FULL', 'OSError: [Errno 28] No space left on device'],
  ['DISK_FULL', 'failed to register layer: write /usr/lib/libcudnn.so: no space left on device'],
  ['SHM', 'RuntimeError: Error while creating shared memory segment /dev/shm/nccl-8kq1'],
  ['SHM', 'Bus error (core dumped)'],
  ['NCCL', 'torch.distributed.DistBackendError: NCCL error in: ProcessGroupNCCL.cpp:3356, unhandled system error'],
  ['NCCL', 'ncclSystemError: System call (e.g. socket, malloc) or external library call failed'],
  [
    'READY_TIMEOUT',
    'TimeoutError: Timed out waiting for engine core processes to start. This is often caused by slow weight loading.',
  ],
  ['PORT', 'OSError: [Errno 98] Address already in use'],
  [
    'PORT',
    'docker: Error response from daemon: driver failed programming external connectivity: Bind for 0.0.0.0:8000 failed: port is already allocated.',
  ],
  ['ARGS', 'vllm: error: unrecognized arguments: --no-such-flag'],
  ['ARGS', 'KeyError: invalid tool call parser: nope (chose from { hermes })'],
  ['ARCH_UNSUPPORTED', "Value error, Model architectures ['Qwen9ForCausalLM'] are not supported for now."],
  ['ARCH_UNSUPPORTED', "Value error, Model architectures ['Qwen9ForCausalLM'] failed to be inspected."],
  ['REMOTE_CODE', 'ValueError: Please pass the argument `trust_remote_code=True` to allow custom code to be run.'],
  ['REMOTE_CODE', 'The repository for acme/x contains custom code which must be executed to correctly load the model.'],
  ['HOST_OOM', 'engine exited with status 137'],
  ['HOST_OOM', 'container inventiv-worker exited: OOMKilled=true exit code 137'],
  ['RUNTIME_DEAD', 'vllm.v1.engine.exceptions.EngineDeadError: EngineCore encountered an issue.'],
  ['RUNTIME_DEAD', 'NVRM: Xid (PCI:0000:01:00): 79, pid=1234, GPU has fallen off the bus.'],
];

/** Every code that a log can show; each needs a sample above and advice. */
const codes = [
  ...[
    'GPU_OOM_LOAD',
    'KV_TOO_SMALL',
    'NO_KV_MEMORY',
    'GPU_BUSY',
    'TP_INVALID',
    'WORLD_TOO_BIG',
    'DRIVER_OLD',
    'DRIVER_MISMATCH',
  ],
  ...[
    'NO_GPU_RUNTIME',
    'GPU_ARCH',
    'HF_GATED',
    'HF_AUTH',
    'HF_NOT_FOUND',
    'HF_RATE',
    'NET',
    'DISK_FULL',
    'SHM',
    'NCCL',
    'READY_TIMEOUT',
  ],
  ...['PORT', 'ARGS', 'ARCH_UNSUPPORTED', 'REMOTE_CODE', 'HOST_OOM', 'RUNTIME_DEAD'],
];

const before = [
  'INFO 11-23 14:01:58 [__init__.py:239] Automatically detected platform cuda.',
  'INFO 11-23 14:02:03 [model.py:1510] Using max model len 32768',
];
const echo = [
  'Traceback (most recent call last):',
  '  File "/usr/local/lib/python3.12/dist-packages/vllm/v1/engine/core.py", line 857, in run_engine_core',
  'RuntimeError: Engine core initialization failed. See root cause above. Failed core proc(s): {}',
];

describe('diagnosing a log', () => {
  it.each(samples)('finds %s in the middle of a start', (code, line) => {
    const found = diagnoseLog([...before, line, ...echo]);
    expect(found?.code).toBe(code);
    expect(found?.evidenceLines[0]).toBe(line.slice(0, 500));
    expect(found?.evidenceLines.length).toBeLessThanOrEqual(5);
  });

  it('has a sample and advice for every code', () => {
    expect(new Set(samples.map(([code]) => code))).toEqual(new Set(codes));
    for (const code of codes) expect(adviceFor(code), code).toMatch(/\w+ \w+/);
  });

  it('finds nothing in a start that goes well', () => {
    const healthy = [
      ...before,
      'INFO 11-23 14:02:20 [weight_utils.py:392] Time spent downloading weights for Qwen/Qwen2.5-7B-Instruct: 12.01 seconds',
      "INFO 11-23 14:02:10 [core.py:77] Initializing a V1 LLM engine with config: model='a/b', trust_remote_code=True, dtype=torch.bfloat16",
      'INFO 11-23 14:02:31 [gpu_worker.py:298] Available KV cache memory: 10.52 GiB',
      'INFO 11-23 14:02:33 [kv_cache_utils.py:1087] GPU KV cache size: 196,992 tokens',
      'INFO:     Started server process [1]',
      'INFO:     Application startup complete.',
    ];
    expect(diagnoseLog(healthy)).toBeNull();
    expect(diagnoseLog([])).toBeNull();
  });

  it('takes the first cause for the cause, not what it brought about', () => {
    const [[oomCode, oom] = ['', '']] = samples;
    const dead = 'vllm.v1.engine.exceptions.EngineDeadError: EngineCore encountered an issue.';
    expect(diagnoseLog([oom, ...echo, dead])?.code).toBe(oomCode);
  });

  it('keeps evidence short', () => {
    const line = `OSError: [Errno 28] No space left on device ${'x'.repeat(10_000)}`;
    expect(diagnoseLog([line])?.evidenceLines).toEqual([line.slice(0, 500)]);
  });
});
