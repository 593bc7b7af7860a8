/** A recognised cause in a log. */
export interface Diagnosis {
  readonly code: string;
  /** The line that shows it, then a few after it. */
  readonly evidenceLines: readonly string[];
}

/**
 * What vLLM, its libraries and the container runtime print when a start fails (vLLM contract, section 9), in the order
 * in which they are tried on each line.
 */
const patterns: readonly (readonly [code: string, pattern: RegExp])[] = [
  ['GPU_OOM_LOAD', /OutOfMemoryError: CUDA out of memory/],
  ['KV_TOO_SMALL', /To serve at least one request with the models?'s max seq len \(\d+\)/],
  ['NO_KV_MEMORY', /No available memory for the cache blocks/],
  ['GPU_BUSY', /Free memory on device .* less than desired GPU memory utilization/],
  ['TP_INVALID', /attention heads \(\d+\) must be divisible by tensor parallel size/],
  ['WORLD_TOO_BIG', /World size \(\d+\) is larger than the number of available GPUs/],
  ['DRIVER_OLD', /nvidia-container-cli: requirement error: unsatisfied condition: cuda>=/],
  [
    'DRIVER_MISMATCH',
    /CUDA driver version is insufficient|unsupported display driver \/ cuda driver combination|Driver\/library version mismatch/,
  ],
  [
    'NO_GPU_RUNTIME',
    /could not select device driver "" with capabilities: \[\[gpu\]\]|Failed to infer device type|No CUDA GPUs are available/,
  ],
  ['GPU_ARCH', /no kernel image is available for execution/],
  ['HF_GATED', /Cannot access gated repo|GatedRepoError|You are trying to access a gated repo/],
  ['HF_RATE', /429 .*Too Many Requests/],
  ['HF_AUTH', /401 Client Error|Invalid (user )?token/],
  ['HF_NOT_FOUND', /RepositoryNotFoundError|is not a valid model identifier|RevisionNotFoundError/],
  ['DISK_FULL', /No space left on device|failed to (register|extract) layer/],
  ['SHM', /Error while creating shared memory segment|Bus error/],
  ['NCCL', /NCCL error|ncclSystemError|ncclUnhandledCudaError/],
  ['READY_TIMEOUT', /Timed out waiting for engine core processes to start/],
  ['PORT', /port is already allocated|\[Errno 98\]|address already in use/i],
  ['ARGS', /unrecognized arguments|invalid tool call parser|error: argument/],
  ['ARCH_UNSUPPORTED', /Model architectures \[.*\] (are not supported|failed to be inspected)/],
  ['REMOTE_CODE', /argument `?trust_remote_code=True|contains custom code/],
  ['HOST_OOM', /OOMKilled=true|exit(ed with)? (code|status) 137/],
  ['RUNTIME_DEAD', /EngineDeadError|\bXid\b|an illegal memory access/],
  ['NET', /Temporary failure in name resolution|ConnectionError|LocalEntryNotFoundError/],
];

const evidenceLinesMax = 5;
const lineMaxChars = 500;

/** The first recognised line is the cause; what follows it (`Engine core initialization failed. See root cause above`) is its echo. */
export function diagnoseLog(lines: readonly string[]): Diagnosis | null {
  for (const [index, line] of lines.entries()) {
    const found = patterns.find(([, pattern]) => pattern.test(line));
    if (found !== undefined) {
      const evidenceLines = lines.slice(index, index + evidenceLinesMax).map(text => text.slice(0, lineMaxChars));
      return {code: found[0], evidenceLines};
    }
  }

  return null;
}
