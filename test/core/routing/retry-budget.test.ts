import {expect, it} from 'vitest';
import {earnRetry, fullRetryBudget, type RetryBudget, spendRetry} from '../../../src/core/routing/retry-budget.ts';

it('affords one retry for ten requests once the reserve is spent', () => {
  let budget: RetryBudget | null = fullRetryBudget;
  let retries = 0;
  for (let request = 0; request < 1000; request++) {
    budget = earnRetry(budget ?? 0);
    const left: RetryBudget | null = spendRetry(budget);
    if (left !== null) {
      budget = left;
      retries++;
    }
  }

  expect(retries).toBeGreaterThan(95);
  expect(retries).toBeLessThanOrEqual(100 + fullRetryBudget);
});
