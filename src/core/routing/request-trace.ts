import * as z from 'zod';
import {promptLevels} from '../prompts/prompt.ts';

/** One worker as it stood when a choice was made. Loads are per unit of capacity; the lowest wins. */
const candidateTrace = z.object({
  id: z.string(),
  name: z.string(),
  weight: z.number(),
  outstanding: z.number(),
  health: z.number(),
  /** From the worker's last report; null where there is none or it is stale. */
  foreign: z.number().nullable(),
  queued: z.number().nullable(),
  kvUsage: z.number().nullable(),
  load: z.number(),
  /** How strongly the session prefers it; null without a session. */
  preference: z.number().nullable(),
  breaker: z.enum(['closed', 'half_open', 'open']),
  /** Why it was no candidate: it failed in this request, or its breaker is open. */
  excluded: z.enum(['tried', 'breaker']).nullable(),
});

const attemptTrace = z.object({
  startedAtMs: z.number(),
  endedAtMs: z.number().nullable(),
  candidates: z.array(candidateTrace),
  chosen: z.string(),
  why: z.enum(['only', 'least_loaded', 'sticky', 'sticky_overflow']),
  /** How it ended; null while it runs. */
  result: z.enum(['answered', 'streamed', 'refused', 'broken', 'cancelled']).nullable(),
  errorCode: z.string().nullable(),
});

/** What `serve` remembers of a request for a while: how it was routed, how it went. Never what was said in it. */
export const requestTraceSchema = z.object({
  /** Rises with each request of one process. */
  sequence: z.number(),
  process: z.number(),
  /** Of the usage record, and what the worker is told. */
  requestId: z.string(),
  /** `x-request-id` of the answer, as the client sees it. */
  clientRequestId: z.string(),
  organizationId: z.string(),
  keyId: z.string(),
  endpoint: z.string(),
  model: z.string(),
  streamed: z.boolean(),
  hasSession: z.boolean(),
  /** What went to the worker, system prompts included. */
  bodyBytes: z.number(),
  /** System prompts that were put before the conversation, and in which version. */
  prompts: z.array(z.object({level: z.enum(promptLevels), version: z.number()})),
  startedAtMs: z.number(),
  attempts: z.array(attemptTrace),
  /** Why no further worker was asked; null where none had to be. */
  stopped: z.enum(['no_worker', 'retry_budget', 'attempts_max']).nullable(),
  /** All null while it runs. */
  finishedAtMs: z.number().nullable(),
  firstTokenMs: z.number().nullable(),
  /** Time the proxy itself took: from the request read to its dispatch, without waiting for anybody. */
  overheadMs: z.number().nullable(),
  status: z.number().nullable(),
  outcome: z.string().nullable(),
  promptTokens: z.number().nullable(),
  cachedPromptTokens: z.number().nullable(),
  completionTokens: z.number().nullable(),
  estimated: z.boolean().nullable(),
});

export type RequestTrace = z.infer<typeof requestTraceSchema>;
export type AttemptTrace = z.infer<typeof attemptTrace>;
export type CandidateTrace = z.infer<typeof candidateTrace>;
