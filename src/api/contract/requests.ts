import {eventIterator} from '@orpc/contract';
import * as z from 'zod';
import {promptLevels} from '../../core/prompts/prompt.ts';
import {isoTime, limit, needs} from './shared.ts';

const candidateSchema = z.object({
  id: z.string(),
  name: z.string(),
  weight: z.number(),
  outstanding: z.number(),
  health: z.number(),
  foreign: z.number().nullable(),
  queued: z.number().nullable(),
  kvUsage: z.number().nullable(),
  load: z.number(),
  preference: z.number().nullable(),
  breaker: z.enum(['closed', 'half_open', 'open']),
  excluded: z.enum(['tried', 'breaker']).nullable(),
});

const attemptSchema = z.object({
  startedAt: isoTime,
  durationMs: z.number().nullable(),
  candidates: z.array(candidateSchema),
  chosen: z.string(),
  why: z.enum(['only', 'least_loaded', 'sticky', 'sticky_overflow']),
  result: z.string().nullable(),
  errorCode: z.string().nullable(),
});

export const requestSchema = z.object({
  requestId: z.string(),
  clientRequestId: z.string(),
  process: z.number(),
  keyId: z.string(),
  endpoint: z.string(),
  model: z.string(),
  streamed: z.boolean(),
  hasSession: z.boolean(),
  bodyBytes: z.number(),
  /** System prompts that were put before the conversation, and in which version. */
  prompts: z.array(z.object({level: z.enum(promptLevels), version: z.number()})),
  startedAt: isoTime,
  attempts: z.array(attemptSchema),
  stopped: z.enum(['no_worker', 'retry_budget', 'attempts_max']).nullable(),
  /** Null, like what follows, while it runs. */
  durationMs: z.number().nullable(),
  firstTokenMs: z.number().nullable(),
  overheadMs: z.number().nullable(),
  status: z.number().nullable(),
  outcome: z.string().nullable(),
  promptTokens: z.number().nullable(),
  cachedPromptTokens: z.number().nullable(),
  completionTokens: z.number().nullable(),
  estimated: z.boolean().nullable(),
});

const endedRequestSchema = z.object({
  request: requestSchema,
  /** How many the server forgot, just before this one, for they ended faster than they could be read. */
  missedBefore: z.number(),
});

const adminPort = z.number().int().min(1).max(65_535).optional();

/** Requests that a running `serve` of this machine remembers: the last 2,000 of each process. */
export const requestsContract = {
  /** Newest first. */
  list: needs('usage.view').input(z.object({limit, adminPort})).output(z.array(requestSchema)),
  /** The latest that ended, then each as it ends, until the server is gone. */
  follow: needs('usage.view').input(z.object({limit, adminPort})).output(eventIterator(endedRequestSchema)),
  show: needs('usage.view')
    .input(z.object({request: z.string().min(1).max(128), adminPort}))
    .output(requestSchema),
};

export type RequestView = z.infer<typeof requestSchema>;
