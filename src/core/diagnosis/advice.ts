/** Causes of a worker that does not start (vLLM contract and bootstrap), with what a person should do about each. */
const adviceByCode: Readonly<Record<string, string>> = {
  GPU_OOM_LOAD:
    'The weights do not fit: take more GPUs, a larger type, or a quantized model ("inventiv models size MODEL").',
  KV_TOO_SMALL: 'Ask for less context with --max-model-len, or take a larger type.',
  NO_KV_MEMORY: 'The weights fill the GPU: take a larger type ("inventiv models size MODEL").',
  GPU_BUSY: 'Another process holds GPU memory: stop it ("inventiv ssh", then nvidia-smi).',
  TP_INVALID: 'The attention heads do not divide by the number of GPUs: take a type with another GPU count.',
  WORLD_TOO_BIG: 'More GPUs were asked for than the machine has: check the type.',
  DRIVER_OLD: 'The GPU driver is too old for this image: choose an image for its CUDA version with --image.',
  DRIVER_MISMATCH: 'Driver and CUDA do not match: reboot the machine, or choose another --image.',
  NO_GPU_RUNTIME: 'No GPU is visible to the engine: the container toolkit is missing, or the type has no GPU.',
  GPU_ARCH: 'This GPU is too old for vLLM (compute capability 7.5 or newer), or needs the CUDA 13 image.',
  HF_GATED: 'Accept the licence on the model page, then give a token with read access (HF_TOKEN).',
  HF_AUTH: 'The Hugging Face token was refused: set a valid HF_TOKEN.',
  HF_NOT_FOUND: 'The model or revision does not exist on Hugging Face, or is private: check the id, set HF_TOKEN.',
  HF_RATE: 'Hugging Face limits anonymous downloads: set HF_TOKEN and try again.',
  NET: 'The machine has no way out to the network: check DNS and the security group.',
  DISK_FULL: 'The disk is full: ask for more with --disk-gb.',
  SHM: 'Shared memory is too small for several GPUs.',
  NCCL: 'The GPUs could not talk to each other: try again; then another machine.',
  READY_TIMEOUT: 'The engine took too long to start: a slow disk or download. Try again.',
  PORT: 'The port is taken by another process on the machine.',
  ARGS: 'The engine refused an argument: check the extra arguments of the model and the vLLM version.',
  ARCH_UNSUPPORTED: 'This vLLM is too old for the model: choose a newer one with --image.',
  REMOTE_CODE: 'The model wants to run code of its own: allow it on purpose, with a pinned revision.',
  HOST_OOM: 'The machine ran out of memory while loading: take a type with more RAM.',
  RUNTIME_DEAD: 'The engine died: try again; a second time, replace the machine.',
  PYTHON_MISSING: 'Install Python 3.10 or newer on the machine.',
  PYTHON_OLD: 'Install Python 3.10 or newer on the machine.',
  ENGINE_MISSING: 'Give the path of the engine with --engine-command.',
  AGENT_CHECKSUM: 'The upload was altered on its way. Try again.',
  ENGINE_EXITED: 'Read the end of its log with "inventiv logs NAME --source engine".',
  STARTUP_TIMEOUT:
    'Look at its log with "inventiv logs NAME --source engine"; --on-failure keep leaves the machine for diagnosis.',
};

/** What to do about a cause; where the evidence names the number that would work, with that number. */
export function adviceFor(code: string, evidenceLines: readonly string[] = []): string | null {
  const fitting =
    code === 'KV_TOO_SMALL' ? /maximum model length is (\d+)/.exec(evidenceLines.join(' '))?.[1] : undefined;
  return fitting === undefined ? (adviceByCode[code] ?? null) : `Ask for less context: --max-model-len ${fitting}`;
}
