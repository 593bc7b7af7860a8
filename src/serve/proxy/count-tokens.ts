import type {CountRequest} from '../../core/proxy/count-request.ts';
import {countPromptRequest, countTextRequest} from '../../core/proxy/count-request.ts';
import type {TokenCounts} from '../../core/proxy/token-usage.ts';
import type {UpstreamRequest} from '../../ports/upstream.ts';
import type {WorkerHandle} from '../snapshot/worker-handle.ts';
import type {Attempt, Job} from './attempt.ts';

const countTimeoutMs = 2000;
const answerMaxBytes = 16 * 1024 * 1024;

/**
 * Replaces a guess by what the worker's own tokenizer counts: the prompt, and the text that a cut stream had sent. What
 * it cannot tell, or not in time, stays a guess. The result is still marked as an estimate: text alone does not tell
 * special tokens. Off the hot path; never rejects.
 */
export async function recount(job: Job, {worker, patcher}: Attempt, guess: TokenCounts): Promise<TokenCounts> {
  const {prompt: isPromptUnknown, text} = patcher?.uncounted() ?? {prompt: true, text: null};
  const prompt = isPromptUnknown ? countPromptRequest(job.endpoint, job.body, job.plan, worker.servedModelName) : null;
  const [promptTokens, completionTokens] = await Promise.all([
    prompt === null ? null : ask(worker, prompt),
    text === null ? null : ask(worker, countTextRequest(text, worker.servedModelName)),
  ]);
  return {
    ...guess,
    promptTokens: promptTokens ?? guess.promptTokens,
    completionTokens: completionTokens ?? guess.completionTokens,
  };
}

async function ask(worker: WorkerHandle, {path, body}: CountRequest): Promise<number | null> {
  try {
    const headers = ['content-type', 'application/json', 'authorization', worker.authorization];
    const told: unknown = JSON.parse(await wholeAnswer(worker, {path, headers, body}));
    return countIn(told, 'count') ?? countIn(told, 'input_tokens');
  } catch {
    return null;
  }
}

/** Rejects on everything but a 200 that is not too large, in time. */
async function wholeAnswer(worker: WorkerHandle, request: UpstreamRequest): Promise<string> {
  const {promise, resolve, reject} = Promise.withResolvers<string>();
  const chunks: Uint8Array[] = [];
  let size = 0;
  const fail = (reason: string) => {
    call.abort();
    reject(new Error(reason));
  };
  const call = worker.pool.send(request, {
    onSent: () => {},
    onHead: status => {
      if (status !== 200) fail(`status ${status}`);
    },
    onData: chunk => {
      size += chunk.length;
      chunks.push(Buffer.from(chunk));
      if (size > answerMaxBytes) fail('too many bytes');
    },
    onEnd: () => resolve(Buffer.concat(chunks, size).toString('utf8')),
    onFailure: reject,
  });
  const timer = setTimeout(() => fail('no answer in time'), countTimeoutMs);
  return await promise.finally(() => clearTimeout(timer));
}

function countIn(answer: unknown, name: string): number | null {
  if (typeof answer !== 'object' || answer === null) return null;
  const count = (answer as Record<string, unknown>)[name];
  return typeof count === 'number' && Number.isSafeInteger(count) && count >= 0 ? count : null;
}
