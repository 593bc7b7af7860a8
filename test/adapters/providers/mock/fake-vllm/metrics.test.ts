import {describe, expect, it} from 'vitest';
import {MetricsRegistry} from '../../../../../src/adapters/providers/mock/fake-vllm/metrics.ts';
import {oneTwoFive} from '../../../../../src/adapters/providers/mock/fake-vllm/vllm-metrics.ts';

describe('fake vLLM metrics text', () => {
  it('is written as the Python client writes it', () => {
    const registry = new MetricsRegistry();
    registry.counter('vllm:tokens_total', 'Tokens.').add({model_name: 'a"b\\c', engine: '0'}, 3);
    registry.gauge('vllm:usage', 'Usage.').set({}, 0.25);
    expect(registry.render()).toBe(
      [
        '# HELP vllm:tokens_total Tokens.',
        '# TYPE vllm:tokens_total counter',
        'vllm:tokens_total{engine="0",model_name="a\\"b\\\\c"} 3.0',
        '# HELP vllm:usage Usage.',
        '# TYPE vllm:usage gauge',
        'vllm:usage 0.25',
        '',
      ].join('\n'),
    );
  });

  it('counts cumulatively, with values on a bound inside it', () => {
    const registry = new MetricsRegistry();
    const histogram = registry.histogram('h', 'H.', [0.5, 1, 1_000_000]);
    for (const value of [0.5, 0.7, 1, 2, 2_000_000]) histogram.observe({}, value);
    expect(registry.render().split('\n').slice(2)).toEqual([
      'h_bucket{le="0.5"} 1.0',
      'h_bucket{le="1.0"} 3.0',
      'h_bucket{le="1e+06"} 4.0',
      'h_bucket{le="+Inf"} 5.0',
      'h_count 5.0',
      'h_sum 2000004.2',
      '',
    ]);
  });

  it('has 1-2-5 buckets up to the context', () => {
    expect(oneTwoFive(4096)).toEqual([1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000]);
  });
});
