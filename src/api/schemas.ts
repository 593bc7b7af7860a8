import {z} from 'zod';
import {actionTypes} from '../core/instance/action.ts';
import {instanceStates} from '../core/instance/state.ts';

/** The shapes that cross the API. Times are ISO 8601 strings, money is integer nano-EUR (`...Nanos`), sizes say their unit. */

const isoTime = z.string();
const nameMaxChars = 63;
export const listLimitMax = 1000;

export const instanceName = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, 'use lower-case letters, digits and dashes, for example "qwen-prod"')
  .max(nameMaxChars);

/** An id or a name, as people type it. */
export const reference = z.string().min(1).max(256);

export const createRequestSchema = z.object({
  model: z.string().min(1).max(256),
  provider: z.enum(['scaleway', 'mock', 'host']),
  name: instanceName.optional(),
  count: z.number().int().min(1).max(64).default(1),
  zone: z.string().max(64).optional(),
  type: z.string().max(64).optional(),
  mode: z.enum(['mono', 'multi']).optional(),
  maxModelLen: z.number().int().min(16).max(10_000_000).optional(),
  diskGb: z.number().int().min(20).max(10_000).optional(),
  image: z.string().max(512).optional(),
  onFailure: z.enum(['keep', 'terminate']).default('terminate'),
  /** Engine behind the mock: `fake` (default) or a command that takes the place of `vllm`. */
  engineCommand: z.array(z.string().max(4096)).min(1).max(64).optional(),
});

export const planSchema = z.object({
  model: z.object({id: z.string(), hfId: z.string(), weightsBytes: z.number(), maxModelLen: z.number()}),
  provider: z.string(),
  zone: z.string(),
  type: z.string(),
  gpuCount: z.number(),
  mode: z.enum(['mono', 'multi']),
  runtime: z.enum(['docker', 'native']),
  diskGb: z.number(),
  image: z.string().nullable(),
  engineArgs: z.array(z.string()),
  pricePerHourNanos: z.number(),
  pricePerMonthNanos: z.number(),
  expectedReadyMs: z.number(),
  /** The arithmetic, line by line, for people. */
  sizing: z.array(z.string()),
  refused: z.array(z.object({type: z.string(), zone: z.string().nullable(), code: z.string(), reason: z.string()})),
});

export const failureSchema = z.object({
  /** Code of the error catalogue. */
  errorCode: z.string(),
  code: z.string(),
  message: z.string(),
  hint: z.string().nullable(),
  at: isoTime,
});

export const instanceSchema = z.object({
  id: z.string(),
  name: z.string(),
  provider: z.string(),
  zone: z.string(),
  type: z.string(),
  gpuCount: z.number(),
  model: z.string(),
  state: z.enum(instanceStates),
  stateReason: z.string().nullable(),
  stateSince: isoTime,
  progressPercent: z.number(),
  /** What is being done now, for people: "installing the worker: weights 42 %". */
  activity: z.string().nullable(),
  openaiUrl: z.string().nullable(),
  agentVersion: z.string().nullable(),
  failure: failureSchema.nullable(),
  pricePerHourNanos: z.number(),
  costSoFarNanos: z.number(),
  correlationId: z.string(),
  createdAt: isoTime,
  readyAt: isoTime.nullable(),
  terminatedAt: isoTime.nullable(),
  /** Whether some process is driving it now. */
  driven: z.boolean(),
});

export const actionSchema = z.object({
  id: z.string(),
  type: z.enum(actionTypes),
  status: z.enum(['in_progress', 'success', 'failed']),
  attempts: z.number(),
  startedAt: isoTime,
  finishedAt: isoTime.nullable(),
  durationMs: z.number().nullable(),
  errorCode: z.string().nullable(),
  errorMessage: z.string().nullable(),
  correlationId: z.string(),
  metadata: z.record(z.string(), z.json()),
});

export const resourceSchema = z.object({
  id: z.string(),
  instanceId: z.string(),
  kind: z.enum(['server', 'volume', 'ip', 'security_group']),
  provider: z.string(),
  zone: z.string(),
  providerId: z.string().nullable(),
  name: z.string(),
  status: z.enum(['planned', 'creating', 'attached', 'detached', 'deleting', 'deleted']),
  providerType: z.string().nullable(),
  sizeBytes: z.number().nullable(),
  iops: z.number().nullable(),
  isBoot: z.boolean(),
  deleteOnTerminate: z.boolean(),
  address: z.string().nullable(),
  createdAt: isoTime,
  deletedAt: isoTime.nullable(),
});

export const stateChangeSchema = z.object({
  from: z.enum(instanceStates).nullable(),
  to: z.enum(instanceStates),
  reason: z.string(),
  at: isoTime,
  correlationId: z.string(),
});

export const instanceDetailSchema = z.object({
  instance: instanceSchema,
  actions: z.array(actionSchema),
  history: z.array(stateChangeSchema),
  resources: z.array(resourceSchema),
  spec: z.object({
    mode: z.string(),
    runtime: z.string(),
    diskGb: z.number(),
    image: z.string().nullable(),
    maxModelLen: z.number().nullable(),
    engineArgs: z.array(z.string()),
    onFailure: z.enum(['keep', 'terminate']),
  }),
});

/** One step of something long: sent on every change while an instance is driven or watched. */
export const progressSchema = z.object({
  instance: instanceSchema,
  /** Present when an action began or ended just now. */
  action: actionSchema.nullable(),
  /** Expected time to ready from now, learned from earlier runs; null when unknown or settled. */
  etaMs: z.number().nullable(),
});

export const logLineSchema = z.object({
  at: isoTime.nullable(),
  source: z.enum(['actions', 'bootstrap', 'agent', 'engine']),
  level: z.enum(['info', 'warning', 'error']),
  text: z.string(),
});

export const modelSchema = z.object({
  id: z.string(),
  hfId: z.string(),
  displayName: z.string(),
  active: z.boolean(),
  gated: z.boolean(),
  precision: z.string(),
  weightsBytes: z.number(),
  contextMaxTokens: z.number(),
  defaultMaxModelLen: z.number(),
  task: z.enum(['generate', 'embed']),
  vllmMinVersion: z.string(),
  toolCallParser: z.string().nullable(),
  reasoningParser: z.string().nullable(),
});

export const sizeRequestSchema = z.object({
  model: z.string().min(1).max(256),
  provider: z.enum(['scaleway', 'mock']).default('scaleway'),
  maxModelLen: z.number().int().min(16).max(10_000_000).optional(),
  concurrency: z.number().int().min(1).max(100_000).optional(),
  mode: z.enum(['mono', 'multi']).optional(),
});

export const sizeResultSchema = z.object({
  model: modelSchema,
  fits: z.array(
    z.object({
      type: z.string(),
      pricePerHourNanos: z.number(),
      kvTokens: z.number(),
      maxConcurrency: z.number(),
      diskGb: z.number(),
      arithmetic: z.array(z.string()),
    }),
  ),
  refused: z.array(z.object({type: z.string(), reason: z.string(), maxModelLenThatFits: z.number().nullable()})),
});

export const keySchema = z.object({
  id: z.string(),
  name: z.string(),
  prefix: z.string(),
  scopes: z.array(z.string()),
  models: z.array(z.string()).nullable(),
  createdAt: isoTime,
  expiresAt: isoTime.nullable(),
  revokedAt: isoTime.nullable(),
  lastUsedAt: isoTime.nullable(),
});

export const newKeySchema = z.object({key: keySchema, /** Shown once, never stored. */ secret: z.string()});

export const eventSchema = z.object({
  id: z.number(),
  at: isoTime,
  topic: z.string(),
  type: z.string(),
  subjectId: z.string(),
  correlationId: z.string().nullable(),
  payload: z.record(z.string(), z.json()),
});

export const usageTotalsSchema = z.object({
  requests: z.number(),
  promptTokens: z.number(),
  cachedPromptTokens: z.number(),
  completionTokens: z.number(),
  cancelled: z.number(),
  failed: z.number(),
  amountNanos: z.number(),
});

export const chatMessageSchema = z.object({role: z.enum(['system', 'user', 'assistant']), content: z.string()});

/** What `chat.stream` yields: text as it comes, then one `end`. */
export const chatChunkSchema = z.discriminatedUnion('kind', [
  z.object({kind: z.literal('text'), text: z.string(), reasoning: z.boolean()}),
  z.object({
    kind: z.literal('end'),
    finishReason: z.string().nullable(),
    promptTokens: z.number(),
    completionTokens: z.number(),
    firstTokenMs: z.number().nullable(),
    durationMs: z.number(),
    instanceName: z.string(),
  }),
]);

export type CreateRequest = z.infer<typeof createRequestSchema>;
export type PlanView = z.infer<typeof planSchema>;
export type InstanceView = z.infer<typeof instanceSchema>;
export type InstanceDetailView = z.infer<typeof instanceDetailSchema>;
export type ActionView = z.infer<typeof actionSchema>;
export type ResourceView = z.infer<typeof resourceSchema>;
export type StateChangeView = z.infer<typeof stateChangeSchema>;
export type ProgressView = z.infer<typeof progressSchema>;
export type LogLineView = z.infer<typeof logLineSchema>;
export type ModelView = z.infer<typeof modelSchema>;
export type SizeResultView = z.infer<typeof sizeResultSchema>;
export type KeyView = z.infer<typeof keySchema>;
export type EventView = z.infer<typeof eventSchema>;
export type UsageTotalsView = z.infer<typeof usageTotalsSchema>;
export type ChatChunkView = z.infer<typeof chatChunkSchema>;
