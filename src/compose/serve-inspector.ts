import type {ServeInspector} from '../ports/serve-inspector.ts';

/** Loaded at the first question: most commands ask none. */
export function lazyServeInspector(adminPort: number): ServeInspector {
  const load = async () => (await import('../adapters/serve/admin-client.ts')).createServeInspector(adminPort);
  return {
    recentRequests: async query => (await load()).recentRequests(query),
    endedRequests: async (query, signal) => (await load()).endedRequests(query, signal),
    findRequest: async (id, port) => (await load()).findRequest(id, port),
  };
}
