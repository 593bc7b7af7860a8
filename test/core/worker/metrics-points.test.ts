import {expect, it} from 'vitest';
import {metricsPoints} from '../../../src/core/worker/metrics-points.ts';
import {sparkline} from '../../../src/ui/sparkline.ts';
import {aSample} from '../../contract/store/rows.ts';

it('makes rates of counters, and none over an engine that began anew or did not tell', () => {
  const tokens = [100, 150, 150, 20, null, 90, 140];
  const samples = tokens.map((generationTokens, index) => aSample('ins_1', {atMs: index * 5000, generationTokens}));
  expect(metricsPoints(samples).map(({tokensPerSecond}) => tokensPerSecond)).toEqual([
    null,
    10,
    0,
    null,
    null,
    null,
    10,
  ]);
});

it('draws what was measured, leaves out what was not, and keeps to its columns', () => {
  expect(sparkline([0, 50, 100, null, 200], {columns: 10, max: 100})).toBe('▁▅█ █');
  expect(sparkline([0, 0], {columns: 10})).toBe('▁▁');
  expect(sparkline([1, 2, 3, 4], {columns: 2, ascii: true})).toBe('*#');
  expect(sparkline([], {columns: 5})).toBe('');
});
