import type {Pool} from 'undici';
import {z} from 'zod';
import type {WorkerEndpoint} from '../../core/instance/instance.ts';
import type {AgentInfo, ServedModel, WarmUpResult, WorkerClient, WorkerTarget} from '../../ports/worker.ts';
import {openWorkerPool} from './open-worker-pool.ts';

const probeTimeoutMs = 5000;
const logTimeoutMs = 15_000;
const answerMaxBytes = 8 * 1024 * 1024;

/** Reads workers over HTTP, each call on connections of its own, with the worker's key and a time limit. */
export function createWorkerClient(): WorkerClient {
  return {
    async isEngineHealthy(target) {
      const answer = await call(target, {port: 'openai', path: '/health', timeoutMs: probeTimeoutMs});
      return answer?.status === 200;
    },

    async readModels(target) {
      const answer = await call(target, {port: 'openai', path: '/v1/models', timeoutMs: probeTimeoutMs});
      return parse(answer, modelList)?.data.map(toServedModel) ?? null;
    },

    async warmUp(target, {model, task, timeoutMs}) {
      const startedAt = performance.now();
      const answer = await call(target, {port: 'openai', timeoutMs, ...warmUpRequest(model, task)});
      const usage = parse(answer, withUsage)?.usage;
      if (usage === undefined) return null;
      return toWarmUpResult(usage, performance.now() - startedAt);
    },

    async readAgentInfo(target) {
      const answer = await call(target, {port: 'agent', path: '/info', timeoutMs: probeTimeoutMs});
      const info = parse(answer, agentInfo);
      return info === null ? null : toAgentInfo(info);
    },

    async readLog(target, log, tailLines) {
      const path = `${log === 'engine' ? '/logs/engine' : '/logs'}?tail=${Math.max(1, Math.floor(tailLines))}`;
      const answer = await call(target, {port: 'agent', path, timeoutMs: logTimeoutMs});
      return answer?.status === 200 ? splitLines(answer.text).slice(-tailLines) : null;
    },
  };
}

interface Call {
  readonly port: 'openai' | 'agent';
  readonly path: string;
  readonly body?: object;
  readonly timeoutMs: number;
}

/** Null when there was no whole answer in time, whatever the reason. */
async function call(target: WorkerTarget, {port, path, body, timeoutMs}: Call): Promise<{status: number; text: string} | null> {
  const {endpoint, workerKey, correlationId} = target;
  const pool = openWorkerPool(endpoint, urlOf(endpoint, port));
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await pool.request({
      path,
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${workerKey}`,
        'x-request-id': correlationId,
        ...(body === undefined ? {} : {'content-type': 'application/json'}),
      },
      body: body === undefined ? null : JSON.stringify(body),
      signal: target.signal === undefined ? timeout : AbortSignal.any([target.signal, timeout]),
    });
    return {status: response.statusCode, text: await readText(response.body)};
  } catch {
    return null;
  } finally {
    await closeQuietly(pool);
  }
}

function urlOf(endpoint: WorkerEndpoint, port: 'openai' | 'agent'): string {
  return port === 'openai' ? endpoint.openaiUrl : endpoint.agentUrl;
}

async function readText(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > answerMaxBytes) throw new Error(`the answer is larger than ${answerMaxBytes} bytes`);
    chunks.push(chunk);
  }

  return Buffer.concat(chunks).toString('utf8');
}

async function closeQuietly(pool: Pool): Promise<void> {
  await pool.destroy().catch(() => {});
}

function warmUpRequest(model: string, task: 'generate' | 'embed'): {path: string; body: object} {
  if (task === 'embed') return {path: '/v1/embeddings', body: {model, input: 'Hello'}};
  const messages = [{role: 'user', content: 'Hello'}];
  return {path: '/v1/chat/completions', body: {model, messages, max_tokens: 1}};
}

const modelList = z.object({data: z.array(z.object({id: z.string(), max_model_len: z.number().nullish()}))});
const usage = z.object({prompt_tokens: z.number(), completion_tokens: z.number().nullish()});
const withUsage = z.object({usage});

/** `GET /info` of agent/agent.py; what it does not tell is null. */
const agentInfo = z.object({
  agent: z.object({version: z.string(), sha256: z.string()}),
  boot_id: z.string(),
  phase: z.object({name: z.string(), progress: z.number().nullish(), detail: z.string().nullish()}).nullish(),
  failure: z.object({code: z.string(), message: z.string(), evidence_lines: z.array(z.string()).nullish()}).nullish(),
});

function parse<T>(answer: {status: number; text: string} | null, schema: z.ZodType<T>): T | null {
  if (answer?.status !== 200) return null;
  try {
    return schema.parse(JSON.parse(answer.text));
  } catch {
    return null;
  }
}

function toServedModel({id, max_model_len}: z.infer<typeof modelList>['data'][number]): ServedModel {
  return {id, maxModelLen: max_model_len ?? null};
}

function toWarmUpResult({prompt_tokens, completion_tokens}: z.infer<typeof usage>, durationMs: number): WarmUpResult {
  return {durationMs: Math.round(durationMs), promptTokens: prompt_tokens, completionTokens: completion_tokens ?? 0};
}

function toAgentInfo({agent, boot_id, phase, failure}: z.infer<typeof agentInfo>): AgentInfo {
  return {
    ...agent,
    bootId: boot_id,
    phase: phase ? {name: phase.name, progress: phase.progress ?? null, detail: phase.detail ?? null} : null,
    failure: failure ? {code: failure.code, message: failure.message, evidenceLines: failure.evidence_lines ?? []} : null,
  };
}

function splitLines(text: string): string[] {
  const lines = text.split('\n');
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}
