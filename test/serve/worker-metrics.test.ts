import {describe, expect, it} from 'vitest';
import type {MetricSources, WorkerLoad} from '../../src/serve/metrics.ts';
import {ServeMetrics} from '../../src/serve/metrics.ts';

const none: MetricSources = {
  inFlight: () => 0,
  retryBudget: () => 0,
  budgetReservedNanos: () => 0,
  usageQueued: () => 0,
  snapshotAgeMs: () => 0,
  eventSubscribers: () => 0,
  instancesByState: () => new Map(),
  workers: () => [],
};

function metricsOf(...workers: Pick<WorkerLoad, 'id' | 'model' | 'queued'>[]): ServeMetrics {
  const metrics = new ServeMetrics();
  const loads = workers.map(worker => ({outstanding: 0, health: 1, breaker: 'closed' as const, ...worker}));
  metrics.observe({...none, workers: () => loads});
  return metrics;
}

const queuedIn = async (metrics: ServeMetrics, ...others: ServeMetrics[]) => {
  const {text} = await metrics.render(await Promise.all(others.map(other => other.toJson())));
  return text.split('\n').filter(line => line.startsWith('inventiv_worker_queued_requests'));
};

describe('what waits in the engines', () => {
  it('is added up by model, and absent where no worker told it lately', async () => {
    const metrics = metricsOf(
      {id: 'a', model: 'acme/chat-8b', queued: 2},
      {id: 'b', model: 'acme/chat-8b', queued: 3},
      {id: 'c', model: 'acme/chat-8b', queued: null},
      {id: 'd', model: 'acme/idle', queued: 0},
      {id: 'e', model: 'acme/silent', queued: null},
    );
    expect(await queuedIn(metrics)).toEqual([
      'inventiv_worker_queued_requests{model="acme/chat-8b"} 5',
      'inventiv_worker_queued_requests{model="acme/idle"} 0',
    ]);
  });

  it('is counted once, however many processes read the same reports', async () => {
    const metrics = () => metricsOf({id: 'a', model: 'acme/chat-8b', queued: 4});
    expect(await queuedIn(metrics(), metrics(), metrics())).toEqual([
      'inventiv_worker_queued_requests{model="acme/chat-8b"} 4',
    ]);
  });
});
