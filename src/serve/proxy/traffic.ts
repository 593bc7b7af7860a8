import type {RetryBudget} from '../../core/routing/retry-budget.ts';
import {earnRetry, fullRetryBudget, spendRetry} from '../../core/routing/retry-budget.ts';

/** What the server can do to a request in flight. */
export interface Interruptible {
  interrupt(): void;
}

/** All proxied requests of this process: how many, whether one more retry is affordable, and when they are all done. */
export class Traffic {
  private readonly inFlight = new Set<Interruptible>();
  private readonly idleWaiters: (() => void)[] = [];
  private budget: RetryBudget = fullRetryBudget;
  private entered = 0;

  get inFlightCount(): number {
    return this.inFlight.size;
  }

  get retryBudget(): number {
    return this.budget;
  }

  enter(request: Interruptible): void {
    this.inFlight.add(request);
    this.budget = earnRetry(this.budget);
  }

  leave(request: Interruptible): void {
    this.inFlight.delete(request);
    if (this.inFlight.size === 0) for (const wake of this.idleWaiters.splice(0)) wake();
  }

  /** A number that moves on with every attempt, to deal out ties between workers. */
  nextTurn(): number {
    return this.entered++;
  }

  /** True when a retry may be sent; it is then spent. When workers fail in numbers, retries must not double the load. */
  takeRetry(): boolean {
    const left = spendRetry(this.budget);
    if (left !== null) this.budget = left;
    return left !== null;
  }

  async idle(): Promise<void> {
    if (this.inFlight.size === 0) return;
    await new Promise<void>(resolve => this.idleWaiters.push(resolve));
  }

  interruptAll(): void {
    for (const request of this.inFlight) request.interrupt();
  }
}
