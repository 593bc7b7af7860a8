import type {WorkerClient} from '../../ports/worker.ts';
import {
  readAgentInfo,
  readAgentLog,
  readEngineLog,
  readLoad,
  readServedModels,
  readUsage,
  readWarmUps,
} from './worker-answers.ts';
import {callWorker} from './worker-call.ts';

const probeTimeoutMs = 5000;
const logTimeoutMs = 15_000;
/** The agent's own bound. */
const logLinesMax = 10_000;

/** Reads workers over HTTP, each call on connections of its own, with the worker's key and a time limit. */
export function createWorkerClient(): WorkerClient {
  return {
    async isEngineHealthy(target) {
      const answer = await callWorker(target, {port: 'openai', path: '/health', timeoutMs: probeTimeoutMs});
      return answer?.status === 200;
    },

    async readModels(target) {
      return readServedModels(
        await callWorker(target, {port: 'openai', path: '/v1/models', timeoutMs: probeTimeoutMs}),
      );
    },

    async warmUp(target, {model, task, timeoutMs}) {
      const startedAt = performance.now();
      const usage = readUsage(await callWorker(target, {port: 'openai', timeoutMs, ...warmUpRequest(model, task)}));
      return usage === null ? null : {...usage, durationMs: Math.round(performance.now() - startedAt)};
    },

    async readLoad(target) {
      return readLoad(await callWorker(target, {port: 'agent', path: '/info', timeoutMs: probeTimeoutMs}));
    },

    async readAgentInfo(target) {
      return readAgentInfo(await callWorker(target, {port: 'agent', path: '/info', timeoutMs: probeTimeoutMs}));
    },

    async readLog(target, log, {tailLines, sinceMs, after}) {
      const tail = Math.min(logLinesMax, Math.max(1, Math.floor(tailLines)));
      const query = new URLSearchParams({tail: String(tail)});
      if (sinceMs != null) query.set('since', new Date(sinceMs).toISOString());
      if (after != null) query.set('after', after);
      const path = `${log === 'engine' ? '/logs/engine' : '/logs'}?${query}`;
      const answer = await callWorker(target, {port: 'agent', path, timeoutMs: logTimeoutMs});
      const page = log === 'engine' ? readEngineLog(answer) : readAgentLog(answer);
      return page === null || after != null ? page : {...page, lines: page.lines.slice(-tail)};
    },

    async warmUpReplicas(target, {task, timeoutMs}) {
      const path = `/warmup?task=${task}`;
      return readWarmUps(await callWorker(target, {port: 'agent', path, method: 'POST', timeoutMs}));
    },
  };
}

function warmUpRequest(model: string, task: 'generate' | 'embed'): {path: string; body: object} {
  if (task === 'embed') return {path: '/v1/embeddings', body: {model, input: 'Hello'}};
  const messages = [{role: 'user', content: 'Hello'}];
  return {path: '/v1/chat/completions', body: {model, messages, max_tokens: 1}};
}
