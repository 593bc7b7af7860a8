import {describe, expect, it} from 'vitest';
import {UsageError, usageErrorText} from '../../../../../src/adapters/providers/mock/fake-vllm/arguments.ts';
import {parseOptions} from '../../../../../src/adapters/providers/mock/fake-vllm/options.ts';

const parse = (line: string, env: {VLLM_API_KEY?: string} = {}) =>
  parseOptions(
    line.split(' ').filter(word => word !== ''),
    env,
  );
const refused = (line: string): string => {
  try {
    parse(line);
  } catch (error) {
    if (error instanceof UsageError) return usageErrorText(error);
    throw error;
  }
  throw new Error(`expected a usage error for: ${line}`);
};

describe('fake vLLM command line', () => {
  it('reads a production command line of vllm serve', () => {
    const options = parse(
      'serve Qwen/Qwen3-8B --host 127.0.0.1 --port 8001 --served-model-name chat alias --revision abc123 --tensor-parallel-size 2 ' +
        '--max-model-len 16k --gpu-memory-utilization 0.90 --max-num-seqs 4 --max-num-queued-reqs=9 --enable-prompt-tokens-details ' +
        '--enable-request-id-headers --enable-auto-tool-choice --tool-call-parser hermes --no-enable-prefix-caching --dtype auto',
    );
    expect(options).toMatchObject({
      model: 'Qwen/Qwen3-8B',
      port: 8001,
      servedModelNames: ['chat', 'alias'],
      tensorParallelSize: 2,
      maxModelLen: 16_000,
      maxNumSeqs: 4,
      maxQueuedRequests: 9,
      promptTokensDetails: true,
      requestIdHeaders: true,
      autoToolChoice: true,
      toolCallParser: 'hermes',
      prefixCaching: false,
    });
  });

  it('takes repeated names, underscores, short flags, sizes and the automatic context', () => {
    expect(parse('m --served-model-name a --served-model-name b').servedModelNames).toEqual(['a', 'b']);
    expect(parse('m --max_model_len 4K -tp 4')).toMatchObject({maxModelLen: 4096, tensorParallelSize: 4});
    expect(parse('m --max-model-len -1').maxModelLen).toBe(32_768);
    expect(parse('m').servedModelNames).toEqual(['m']);
  });

  it('takes the key from the environment unless the command line has one, and never shows it', () => {
    expect(parse('m', {VLLM_API_KEY: 'from-env'}).apiKeys).toEqual(['from-env']);
    const options = parse('m --api-key one two', {VLLM_API_KEY: 'from-env'});
    expect(options.apiKeys).toEqual(['one', 'two']);
    expect(JSON.stringify(options.nonDefault)).not.toContain('one');
  });

  it('reports all unknown arguments at once, as argparse does', () => {
    expect(refused('m --max-seqs 4 --nope --port 80')).toBe(
      'usage: vllm serve [model_tag] [options]\nvllm serve: error: unrecognized arguments: --max-seqs 4 --nope\n',
    );
    expect(refused('m extra')).toContain('unrecognized arguments: extra');
  });

  it.each([
    ['m --port abc', "argument --port: invalid int value: 'abc'"],
    ['m --port', 'argument --port: expected one argument'],
    ['m --max-num-seqs 0', "argument --max-num-seqs: invalid int value: '0'"],
    ['m --max-model-len 16q', 'argument --max-model-len: invalid'],
    ['m --fail NOPE', 'unknown failure'],
    ['m --fail GPU_OOM_LOAD@nowhere', 'unknown phase'],
    ['m --task sing', 'invalid choice'],
    ['m --phase-ms load', 'expected PHASE=MS'],
  ])('refuses %s', (line, message) => {
    expect(refused(line)).toContain(message);
  });
});
