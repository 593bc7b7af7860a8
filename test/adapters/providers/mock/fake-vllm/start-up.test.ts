import {describe, expect, it} from 'vitest';
import type {EngineClock} from '../../../../../src/adapters/providers/mock/fake-vllm/clock.ts';
import {serverLog} from '../../../../../src/adapters/providers/mock/fake-vllm/log-lines.ts';
import {parseOptions} from '../../../../../src/adapters/providers/mock/fake-vllm/options.ts';
import {startUp} from '../../../../../src/adapters/providers/mock/fake-vllm/start-up.ts';
import {
  FAILURE_CODES,
  type FailureCode,
} from '../../../../../src/adapters/providers/mock/fake-vllm/start-up-failures.ts';

/** What an operator greps for, per failure. */
const PATTERNS: Record<FailureCode, RegExp> = {
  GPU_OOM_LOAD: /OutOfMemoryError: CUDA out of memory/,
  KV_TOO_SMALL:
    /To serve at least one request with the models?'s max seq len \((\d+)\).*?([\d.]+) GiB KV cache is needed.*?\(([\d.]+) GiB\)(.*maximum model length is (\d+))?/,
  NO_KV_MEMORY: /No available memory for the cache blocks/,
  GPU_BUSY: /Free memory on device .* less than desired GPU memory utilization/,
  TP_INVALID: /attention heads \((\d+)\) must be divisible by tensor parallel size/,
  WORLD_TOO_BIG: /World size \(\d+\) is larger than the number of available GPUs/,
  DRIVER_OLD: /nvidia-container-cli: requirement error: unsatisfied condition: cuda>=([\d.]+)/,
  DRIVER_MISMATCH: /unsupported display driver \/ cuda driver combination/,
  NO_GPU_RUNTIME: /Failed to infer device type/,
  GPU_ARCH: /no kernel image is available for execution/,
  HF_GATED: /Cannot access gated repo/,
  HF_AUTH: /401 Client Error/,
  HF_NOT_FOUND: /is not a valid model identifier/,
  HF_RATE: /429 .*Too Many Requests/,
  NET: /Temporary failure in name resolution/,
  DISK_FULL: /No space left on device/,
  SHM: /Error while creating shared memory segment/,
  NCCL: /NCCL error/,
  READY_TIMEOUT: /Timed out waiting for engine core processes to start/,
  PORT: /\[Errno 98\]/,
  ARGS: /invalid tool call parser/,
  ARCH_UNSUPPORTED: /Model architectures \[.*\] are not supported/,
  REMOTE_CODE: /trust_remote_code=True/,
  HOST_OOM: /Starting to load model/,
  RUNTIME_DEAD: /Graph capturing finished/,
};
const TRAILER = 'Engine core initialization failed. See root cause above';

/** Waits take no time, but their sum is known. */
function countingClock(): EngineClock & {waitedMs: number} {
  const clock = {
    waitedMs: 0,
    nowMs: () => clock.waitedMs,
    after(delayMs: number, callback: () => void) {
      clock.waitedMs += delayMs;
      queueMicrotask(callback);
      return () => {};
    },
  };
  return clock;
}

async function run(...args: string[]) {
  const options = parseOptions(['acme/chat-8b', ...args], {});
  let text = '';
  const write = (part: string): void => {
    text += part;
  };
  const clock = countingClock();
  const log = serverLog(write, () => new Date(0), 7);
  const result = await startUp(options, {...options, blockTokens: 16}, clock, log, new AbortController().signal);
  return {result, text, waitedMs: clock.waitedMs};
}

describe('fake vLLM start-up', () => {
  it('logs every phase in order within the asked time', async () => {
    const {result, text, waitedMs} = await run('--startup-ms', '60000', '--tensor-parallel-size', '2');
    expect(result).toEqual({kind: 'ready', diesAtFirstRequest: null});
    const milestones = [
      'vLLM API server version 0.27.1',
      'Resolved architecture:',
      'Initializing a V1 LLM engine',
      'rank 1 in world size 2',
      'Starting to load model acme/chat-8b',
      'Loading safetensors checkpoint shards: 100%',
      'Model loading took 15.30 GiB',
      'torch.compile takes',
      'Available KV cache memory: 8.00 GiB',
      'GPU KV cache size: 65,536 tokens',
      'Maximum concurrency for 32,768 tokens per request: 2.00x',
      'Graph capturing finished in',
      'init engine (profile, create kv cache, warmup model) took',
    ];
    const positions = milestones.map(milestone => text.indexOf(milestone));
    expect(positions.every(position => position >= 0)).toBe(true);
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
    expect(Math.round(waitedMs)).toBe(60_000);
    expect(text).not.toContain('Downloading');
  });

  it('lets one phase take longer, and shows a download only when it takes time', async () => {
    const {text, waitedMs} = await run('--startup-ms', '0', '--phase-ms', 'download=4000', 'load=2000');
    expect(text).toContain('Downloading weights: 100%');
    expect(Math.round(waitedMs)).toBe(6000);
  });

  it.each(FAILURE_CODES)('prints what operators look for when %s happens', async code => {
    const {result, text} = await run('--startup-ms', '0', '--phase-ms', 'download=1', '--fail', code);
    expect(text).toMatch(PATTERNS[code]);
    if (code === 'RUNTIME_DEAD') expect(result).toMatchObject({kind: 'ready', diesAtFirstRequest: expect.any(String)});
    else expect(result).toMatchObject({kind: 'failed'});
  });

  it('ends an engine failure with forty lines that hide the cause', async () => {
    const {text, result} = await run('--startup-ms', '0', '--fail', 'GPU_OOM_LOAD');
    const lines = text.trimEnd().split('\n');
    expect(lines.at(-1)).toContain(TRAILER);
    const cause = lines.findIndex(line => /OutOfMemoryError/.test(line));
    expect(lines.length - cause).toBeGreaterThan(40);
    expect(text).not.toContain('Graph capturing');
    expect(result).toEqual({kind: 'failed', exitCode: 1, killed: false});
  });

  it('can fail in another phase than usual', async () => {
    const early = await run('--startup-ms', '0', '--fail', 'HF_AUTH');
    expect(early.text).not.toContain(TRAILER);
    expect(early.text).not.toContain('Initializing a V1 LLM engine');
    const late = await run('--startup-ms', '0', '--fail', 'HF_AUTH@load');
    expect(late.text).toContain(TRAILER);
  });

  it('fails by itself when the options cannot work', async () => {
    expect((await run('--tensor-parallel-size', '3')).text).toMatch(PATTERNS.TP_INVALID);
    expect((await run('-tp', '16')).text).toMatch(PATTERNS.WORLD_TOO_BIG);
    const small = await run('--max-model-len', '4096', '--num-gpu-blocks-override', '100');
    expect(PATTERNS.KV_TOO_SMALL.exec(small.text)?.[5]).toBe('1600');
  });
});
