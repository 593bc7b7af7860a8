import * as z from 'zod';
import type {AgentInfo, LogPage, ReplicaWarmUp, ServedModel, WarmUpResult, WorkerLoad} from '../../ports/worker.ts';
import type {WorkerAnswer} from './worker-call.ts';

/** `GET /v1/models` of an engine. */
export function readServedModels(answer: WorkerAnswer | null): readonly ServedModel[] | null {
  const list = parse(answer, modelList);
  return list?.data.map(({id, max_model_len}) => ({id, maxModelLen: max_model_len ?? null})) ?? null;
}

/** Usage of a completion or of embeddings; an answer without it does not count as one. */
export function readUsage(answer: WorkerAnswer | null): Omit<WarmUpResult, 'durationMs'> | null {
  const usage = parse(answer, withUsage)?.usage;
  return usage === undefined
    ? null
    : {promptTokens: usage.prompt_tokens, completionTokens: usage.completion_tokens ?? 0};
}

/** `GET /info` of the agent. */
export function readAgentInfo(answer: WorkerAnswer | null): AgentInfo | null {
  const info = parse(answer, agentInfo);
  if (info === null) return null;
  const {agent, boot_id: bootId, phase, failure} = info;
  return {
    ...agent,
    bootId,
    phase: phase
      ? {name: phase.name, progress: phase.progress ?? null, detail: phase.detail ?? null, attempt: phase.attempt ?? 1}
      : null,
    failure: failure
      ? {code: failure.code, message: failure.message, evidenceLines: failure.evidence_lines ?? []}
      : null,
    replicas: (info.replicas ?? []).map(({name, http_ok, models, max_model_len}) => ({
      name,
      httpOk: http_ok,
      models: models ?? null,
      maxModelLen: max_model_len ?? null,
    })),
  };
}

/** The sum over replicas; null as soon as one could not be read, for its load may be anything. */
export function readLoad(answer: WorkerAnswer | null): WorkerLoad | null {
  const info = parse(answer, agentLoad);
  if (info === null || info.replicas.length === 0) return null;
  let running = 0;
  let waiting = 0;
  let promptTokens: number | null = 0;
  let generationTokens: number | null = 0;
  for (const replica of info.replicas) {
    if (replica.running === null || replica.waiting === null) return null;
    running += replica.running;
    waiting += replica.waiting;
    const {prompt_tokens: prompt, generation_tokens: generated} = replica;
    promptTokens = promptTokens === null || prompt == null ? null : promptTokens + prompt;
    generationTokens = generationTokens === null || generated == null ? null : generationTokens + generated;
  }

  const sampledAtMs = Date.parse(info.sampled_at);
  if (promptTokens === null || generationTokens === null) return {running, waiting, tokens: null, sampledAtMs};
  const counted = {prompt: promptTokens, completion: generationTokens};
  return {running, waiting, tokens: promptTokens + generationTokens, counted, sampledAtMs};
}

/** The agent's events, one a line. */
export function readAgentLog(answer: WorkerAnswer | null): LogPage | null {
  if (answer?.status !== 200) return null;
  const lines = answer.text.split('\n');
  return {
    lines: lines.at(-1) === '' ? lines.slice(0, -1) : lines,
    cursor: answer.header('x-inventiv-cursor'),
    hasMore: answer.header('x-inventiv-truncated') === '1',
  };
}

/** One file per replica; all lines, in the order of the files. */
export function readEngineLog(answer: WorkerAnswer | null): LogPage | null {
  const log = parse(answer, engineLog);
  if (log === null) return null;
  const {files, cursor} = log;
  return {
    lines: files.length === 1 ? (files[0]?.lines ?? []) : files.flatMap(labelled),
    cursor: cursor ?? null,
    hasMore: files.some(({truncated}) => truncated === true),
  };
}

/** As Docker Compose does, which the diagnosis can read. */
function labelled({path, lines}: {path: string; lines: readonly string[]}): string[] {
  const name = path.slice(path.lastIndexOf('/') + 1).replace(/\.log$/, '');
  return lines.map(line => `${name} | ${line}`);
}

export function readWarmUps(answer: WorkerAnswer | null): readonly ReplicaWarmUp[] | null {
  return (
    parse(answer, warmUps)?.replicas.map(({name, ok, duration_s: seconds, prompt_tokens: tokens, error}) => ({
      name,
      durationMs: ok && seconds != null ? Math.round(seconds * 1000) : null,
      promptTokens: ok ? (tokens ?? null) : null,
      error: ok ? null : (error ?? 'no answer'),
    })) ?? null
  );
}

const modelList = z.object({data: z.array(z.object({id: z.string(), max_model_len: z.number().nullish()}))});
const withUsage = z.object({usage: z.object({prompt_tokens: z.number(), completion_tokens: z.number().nullish()})});
const agentInfo = z.object({
  agent: z.object({version: z.string(), sha256: z.string()}),
  boot_id: z.string(),
  phase: z
    .object({
      name: z.string(),
      progress: z.number().nullish(),
      detail: z.string().nullish(),
      attempt: z.number().nullish(),
    })
    .nullish(),
  failure: z.object({code: z.string(), message: z.string(), evidence_lines: z.array(z.string()).nullish()}).nullish(),
  replicas: z
    .array(
      z.object({
        name: z.string(),
        http_ok: z.boolean(),
        models: z.array(z.string()).nullish(),
        max_model_len: z.number().nullish(),
      }),
    )
    .nullish(),
});
const agentLoad = z.object({
  sampled_at: z.iso.datetime(),
  replicas: z.array(
    z.object({
      running: z.number().nullable(),
      waiting: z.number().nullable(),
      prompt_tokens: z.number().nullish(),
      generation_tokens: z.number().nullish(),
    }),
  ),
});
const engineLog = z.object({
  files: z.array(z.object({path: z.string(), lines: z.array(z.string()), truncated: z.boolean().nullish()})),
  cursor: z.string().nullish(),
});
const warmUps = z.object({
  replicas: z.array(
    z.object({
      name: z.string(),
      ok: z.boolean(),
      duration_s: z.number().nullish(),
      prompt_tokens: z.number().nullish(),
      error: z.string().nullish(),
    }),
  ),
});

function parse<T>(answer: WorkerAnswer | null, schema: z.ZodType<T>): T | null {
  if (answer?.status !== 200) return null;
  try {
    return schema.parse(JSON.parse(answer.text));
  } catch {
    return null;
  }
}
