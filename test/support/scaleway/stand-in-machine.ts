import type {Clock} from '../../../src/ports/clock.ts';
import type {ShellOpener} from '../../../src/ports/shell.ts';
import type {WorkerClient} from '../../../src/ports/worker.ts';

/**
 * Machines on which everything works at once, for drills of what is around them: every login is answered, every script
 * succeeds, the worker serves what it is asked for. Keeps nothing, so that any process finds the same.
 */
export const standInShell: ShellOpener = {
  isReachable: async () => true,
  open: async () => ({
    run: async ({onLine}) => {
      onLine?.(`::fact::{"tls_fingerprint_sha256":"${'0'.repeat(64)}"}`);
      return {exitCode: 0, outputTail: [], durationMs: 1};
    },
    writeFile: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  }),
};

export function standInWorker(clock: Clock, servedModel: string): WorkerClient {
  return {
    isEngineHealthy: async () => true,
    readModels: async () => [{id: servedModel, maxModelLen: null}],
    warmUp: async () => ({durationMs: 1, promptTokens: 1, completionTokens: 1}),
    readLoad: async () => ({running: 0, waiting: 0, tokens: 0, sampledAtMs: clock.nowMs()}),
    readAgentInfo: async () => ({version: '1', sha256: 'x', bootId: 'b', phase: null, failure: null, replicas: []}),
    readLog: async () => ({lines: [], cursor: null, hasMore: false}),
    warmUpReplicas: async () => [],
  };
}
