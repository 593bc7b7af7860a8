/** Retries the whole proxy may still spend: each request earns a tenth, each retry costs one. */
export type RetryBudget = number;

export const fullRetryBudget: RetryBudget = 10;

const earnedPerRequest = 0.1;

export function earnRetry(budget: RetryBudget): RetryBudget {
  return Math.min(fullRetryBudget, budget + earnedPerRequest);
}

/** The budget after one retry, or null when there is none left. */
export function spendRetry(budget: RetryBudget): RetryBudget | null {
  return budget < 1 ? null : budget - 1;
}
