/**
 * `vllm serve` flags that inventiv owns. A model row or a user may not set them: they would break the wiring (port,
 * names), the sizing (parallelism, context) or leak a secret into the process list (`--api-key`).
 */
const RESERVED_FLAGS: ReadonlySet<string> = new Set([
  '--api-key',
  '--host',
  '--port',
  '--uds',
  '--root-path',
  '--model',
  '--served-model-name',
  '--revision',
  '--tensor-parallel-size',
  '-tp',
  '--data-parallel-size',
  '-dp',
  '--pipeline-parallel-size',
  '-pp',
  '--max-model-len',
  '--gpu-memory-utilization',
  '--kv-cache-dtype',
  '--max-num-seqs',
  '--max-num-queued-reqs',
  '--trust-remote-code',
  '--hf-token',
  '--ssl-keyfile',
  '--ssl-certfile',
  '--disable-log-stats',
  '--config',
]);
const ARG_CHARS_MAX = 2_000;
const ARGS_MAX = 64;

/** Why these extra arguments are refused, or undefined when they are fine. */
export function refuseExtraArgs(args: readonly string[]): string | undefined {
  if (args.length > ARGS_MAX) return `at most ${ARGS_MAX} extra arguments, got ${args.length}`;
  for (const arg of args) {
    if (arg.length > ARG_CHARS_MAX)
      return `an extra argument has at most ${ARG_CHARS_MAX} characters, got ${arg.length}`;
    if (hasControlCharacter(arg)) return 'extra arguments may not hold control characters';
    const flag = flagOf(arg);
    if (flag && isReserved(flag)) return `${flag} is set by inventiv and cannot be an extra argument`;
  }
  return undefined;
}

/** `--max_model_len=4096` -> `--max-model-len`: argparse in vLLM treats `_` and `-` alike. */
function flagOf(arg: string): string | undefined {
  const text = arg.split('=', 1)[0] ?? '';
  return text.startsWith('-') && !/^-[\d.]/.test(text) ? text.replaceAll('_', '-').toLowerCase() : undefined;
}

/** argparse also takes prefixes (`--api` means `--api-key`); no flag of vLLM's own is a prefix of one listed above. */
function isReserved(flag: string): boolean {
  if (!flag.startsWith('--')) return RESERVED_FLAGS.has(flag);
  return [...RESERVED_FLAGS].some(reserved => reserved.startsWith(flag));
}

function hasControlCharacter(text: string): boolean {
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    if (code < 32 || code === 127) return true;
  }
  return false;
}
