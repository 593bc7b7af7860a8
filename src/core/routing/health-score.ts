/**
 * How well a worker did lately, from `healthMin` to 1: each failure halves it, each success makes good a tenth of what is
 * missing. It scales the worker's weight, long before the breaker opens and after it closed.
 */
export type HealthScore = number;

export const fullHealth: HealthScore = 1;
/** Never zero: a worker without any requests could not show that it is well again. */
const healthMin = 0.05;
const recovery = 0.1;

export function healthAfterSuccess(health: HealthScore): HealthScore {
  return health > 0.999 ? fullHealth : health + (fullHealth - health) * recovery;
}

export function healthAfterFailure(health: HealthScore): HealthScore {
  return Math.max(healthMin, health / 2);
}
