import {describe, expect, it} from 'vitest';
import {Engine, type EngineOptions} from '../../../../../src/adapters/providers/mock/fake-vllm/engine.ts';
import {EngineMetrics} from '../../../../../src/adapters/providers/mock/fake-vllm/engine-metrics.ts';
import {MetricsRegistry} from '../../../../../src/adapters/providers/mock/fake-vllm/metrics.ts';
import type {Sequence, SequenceOutput} from '../../../../../src/adapters/providers/mock/fake-vllm/sequence.ts';
import {proseSource} from '../../../../../src/adapters/providers/mock/fake-vllm/token-source.ts';
import {VllmMetrics} from '../../../../../src/adapters/providers/mock/fake-vllm/vllm-metrics.ts';
import {ManualClock} from './manual-clock.ts';

const TIMING = {ttftMs: 100, itlMs: 10, prefillUsPerToken: 1000, jitter: 0, loadFactor: 0, tokensPerStep: 1};

function rig(options: Partial<EngineOptions> = {}) {
  const clock = new ManualClock();
  const registry = new MetricsRegistry();
  const metrics = new EngineMetrics(new VllmMetrics(registry, 4096), 'm', 0);
  const defaults = {maxNumSeqs: 8, numGpuBlocks: 1000, prefixCaching: true, seed: 1, timing: TIMING};
  const engine = new Engine({...defaults, ...options}, clock, metrics);
  const submit = (prompt: {tokens: number; start?: number}, maxTokens: number) => {
    const outputs: {atMs: number; output: SequenceOutput}[] = [];
    const startMs = clock.nowMs();
    const listener = {
      onOutput: (output: SequenceOutput) => outputs.push({atMs: clock.nowMs() - startMs, output}),
      onFailed: () => {},
    };
    const promptIds = Array.from({length: prompt.tokens}, (_, index) => (prompt.start ?? 0) + index);
    const source = proseSource({seed: 3, lengthTokens: null, endless: true, lengthTokensMin: 0, withReasoning: false});
    const plain = {minTokens: 0, stops: [], includeStop: false, stopTokenIds: [], cacheSalt: ''};
    const sequence: Sequence = engine.submit({...plain, promptIds, source, maxTokens, listener});
    return {sequence, outputs, tokens: () => outputs.reduce((sum, {output}) => sum + output.tokenIds.length, 0)};
  };
  const metric = (series: string): number => {
    const line = registry
      .render()
      .split('\n')
      .find(candidate => candidate.startsWith(`${series} `));
    if (line === undefined) throw new Error(`no series ${series}`);
    return Number(line.slice(series.length + 1));
  };
  return {clock, engine, submit, metric};
}

const LABELS = '{engine="0",model_name="m"}';

describe('fake vLLM engine', () => {
  it('gives the first token after overhead and prefill, then one token per step', () => {
    const {clock, submit} = rig();
    const {outputs} = submit({tokens: 50}, 4);
    clock.advance(1000);
    expect(outputs.map(({atMs}) => atMs)).toEqual([150, 160, 170, 180]);
    expect(outputs.at(-1)?.output.finishReason).toBe('length');
  });

  it('serves first in, first out, and only as many at once as it has slots', () => {
    const {clock, engine, submit} = rig({maxNumSeqs: 1});
    const first = submit({tokens: 10}, 3);
    const second = submit({tokens: 10, start: 100}, 3);
    const third = submit({tokens: 10, start: 200}, 3);
    expect([engine.running, engine.waiting]).toEqual([1, 2]);
    clock.advance(131);
    expect([first.tokens(), second.tokens(), third.tokens()]).toEqual([3, 0, 0]);
    clock.advance(130);
    expect([second.tokens(), third.tokens()]).toEqual([3, 0]);
    clock.advance(130);
    expect(third.tokens()).toBe(3);
  });

  it('frees the slot of an aborted sequence within one step and counts it nowhere as a success', () => {
    const {clock, engine, submit, metric} = rig({maxNumSeqs: 1});
    const first = submit({tokens: 10}, 1000);
    const second = submit({tokens: 10, start: 100}, 1);
    clock.advance(200);
    expect(second.sequence.state).toBe('waiting');
    engine.abort(first.sequence);
    expect(second.sequence.state).toBe('prefill');
    const tokensAtAbort = first.tokens();
    clock.advance(1000);
    expect(first.tokens()).toBe(tokensAtAbort);
    expect(metric('vllm:request_success_total{engine="0",finished_reason="length",model_name="m"}')).toBe(1);
    expect(metric('vllm:request_success_total{engine="0",finished_reason="abort",model_name="m"}')).toBe(0);
    expect(metric(`vllm:e2e_request_latency_seconds_count${LABELS}`)).toBe(1);
    expect(metric(`vllm:prompt_tokens_total${LABELS}`)).toBe(20);
    expect(metric(`vllm:generation_tokens_total${LABELS}`)).toBe(tokensAtAbort + 1);
  });

  it('moves no counter for a request aborted in the queue', () => {
    const {engine, submit, metric} = rig({maxNumSeqs: 1});
    submit({tokens: 10}, 5);
    const waiting = submit({tokens: 10}, 5);
    engine.abort(waiting.sequence);
    expect(engine.waiting).toBe(0);
    expect(metric(`vllm:prompt_tokens_total${LABELS}`)).toBe(0);
  });

  it('answers a repeated prefix sooner and reports the hit', () => {
    const {clock, submit, metric} = rig();
    const cold = submit({tokens: 160}, 1);
    clock.advance(1000);
    const warm = submit({tokens: 160}, 1);
    clock.advance(1000);
    expect(cold.outputs[0]?.atMs).toBe(260);
    expect(warm.outputs[0]?.atMs).toBe(116);
    expect(metric(`vllm:prefix_cache_hits_total${LABELS}`)).toBe(144);
    expect(metric(`vllm:prefix_cache_queries_total${LABELS}`)).toBe(320);
    expect(metric(`vllm:prompt_tokens_total${LABELS}`)).toBe(320);
  });

  it('has no hits when prefix caching is off', () => {
    const {clock, submit} = rig({prefixCaching: false});
    submit({tokens: 160}, 1);
    clock.advance(1000);
    const again = submit({tokens: 160}, 1);
    clock.advance(1000);
    expect(again.outputs[0]?.atMs).toBe(260);
  });

  it('preempts the youngest sequence when memory runs out, and it still gets all its tokens', () => {
    const {clock, engine, submit, metric} = rig({numGpuBlocks: 8});
    const old = submit({tokens: 32}, 90);
    const young = submit({tokens: 32, start: 500}, 90);
    clock.advance(600);
    expect(young.sequence.preemptions).toBeGreaterThan(0);
    expect(engine.waiting).toBe(1);
    clock.advance(5000);
    expect(old.sequence.preemptions).toBe(0);
    expect([old.tokens(), young.tokens()]).toEqual([90, 90]);
    expect(metric(`vllm:num_preemptions_total${LABELS}`)).toBe(young.sequence.preemptions);
    expect(metric(`vllm:kv_cache_usage_perc${LABELS}`)).toBe(0);
    expect(metric(`vllm:generation_tokens_total${LABELS}`)).toBe(180);
  });

  it('waits for memory rather than overbooking it', () => {
    const {clock, engine, submit, metric} = rig({numGpuBlocks: 4});
    submit({tokens: 40}, 5);
    const second = submit({tokens: 40, start: 900}, 5);
    expect([engine.running, engine.waiting]).toEqual([1, 1]);
    expect(metric(`vllm:kv_cache_usage_perc${LABELS}`)).toBe(0.75);
    clock.advance(1000);
    expect(second.tokens()).toBe(5);
  });

  it('slows down with load and with a slow factor', () => {
    const {clock, engine, submit} = rig({maxNumSeqs: 2, timing: {...TIMING, loadFactor: 1}});
    engine.setSlowFactor(2);
    const both = [submit({tokens: 1}, 3), submit({tokens: 1, start: 9}, 3)];
    clock.advance(5000);
    const [first, next] = both[1]?.outputs ?? [];
    expect((next?.atMs ?? 0) - (first?.atMs ?? 0)).toBeLessThanOrEqual(30);
    const gaps = (both[0]?.outputs ?? []).map(({atMs}) => atMs);
    expect((gaps[2] ?? 0) - (gaps[1] ?? 0)).toBe(30);
  });

  it('gives nothing while wedged and goes on afterwards', () => {
    const {clock, engine, submit} = rig();
    const request = submit({tokens: 5}, 3);
    engine.setWedged(true);
    clock.advance(10_000);
    expect([request.tokens(), engine.running]).toEqual([0, 1]);
    engine.setWedged(false);
    clock.advance(1000);
    expect(request.tokens()).toBe(3);
  });

  it('is the same every time for the same seed', () => {
    const run = (): number[] => {
      const {clock, submit} = rig({timing: {...TIMING, jitter: 0.5}});
      const {outputs} = submit({tokens: 20}, 20);
      clock.advance(5000);
      return outputs.map(({atMs}) => atMs);
    };
    expect(run()).toEqual(run());
    expect(new Set(run().map((at, index, all) => at - (all[index - 1] ?? 0))).size).toBeGreaterThan(10);
  });
});
