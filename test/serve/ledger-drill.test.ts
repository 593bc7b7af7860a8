import {expect, it} from 'vitest';
import {runLedgerDrill} from '../drills/ledger-drill.ts';

it('the ledger equals the engines, though clients leave, engines die and serve is killed', async () => {
  const report = await runLedgerDrill({requests: 240, kills: 1, crashes: 1});
  expect(report.differing).toEqual([]);
  expect(report.difference).toMatchObject({prompt: 0, completion: 0});
  const {billedNanos, expectedNanos, wrong} = report.amounts;
  expect(wrong).toEqual([]);
  expect(billedNanos).toBe(expectedNanos);
  expect(billedNanos).toBeGreaterThan(0);
  // What a client saw completed is billed; what is billed was seen, or lost on its way with the process.
  expect(report.completedLines).toBeGreaterThanOrEqual(report.seen.completed);
  expect(report.completedLines).toBeLessThanOrEqual(report.seen.completed + report.seen.lost);
  expect(report.seen.left).toBeGreaterThan(10);
  expect(report.engines.completion).toBeGreaterThan(1000);
}, 120_000);
