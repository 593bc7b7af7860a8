import type {WorkerClient} from '../ports/worker.ts';

/** The HTTP client behind it is large: loaded when a worker is first called, which most commands never do. */
export function lazyWorkerClient(): WorkerClient {
  let opened: Promise<WorkerClient> | undefined;
  const open = () =>
    (opened ??= import('../adapters/worker/worker-client.ts').then(module => module.createWorkerClient()));
  return {
    isEngineHealthy: async target => (await open()).isEngineHealthy(target),
    readModels: async target => (await open()).readModels(target),
    warmUp: async (target, request) => (await open()).warmUp(target, request),
    readLoad: async target => (await open()).readLoad(target),
    readAgentInfo: async target => (await open()).readAgentInfo(target),
    readLog: async (target, log, request) => (await open()).readLog(target, log, request),
    warmUpReplicas: async (target, request) => (await open()).warmUpReplicas(target, request),
  };
}
