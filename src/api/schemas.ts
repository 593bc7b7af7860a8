import * as z from 'zod';
import {actionTypes} from '../core/instance/action.ts';
import {instanceStates} from '../core/instance/state.ts';
import {organizationIdPattern} from '../core/reconcile/claim.ts';
import {findingKinds} from '../core/reconcile/finding.ts';

// Compiling validators costs each short command more than it ever validates.
z.config({jitless: true});

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

/** A volume with the instance it belongs to, what it costs, and every time of its life. */
export const volumeSchema = z.object({
  id: z.string(),
  name: z.string(),
  provider: z.string(),
  zone: z.string(),
  providerId: z.string().nullable(),
  providerType: z.string().nullable(),
  instance: z.object({id: z.string(), name: z.string(), state: z.enum(instanceStates)}),
  status: z.enum(['planned', 'creating', 'attached', 'detached', 'deleting', 'deleted']),
  sizeBytes: z.number().nullable(),
  iops: z.number().nullable(),
  isBoot: z.boolean(),
  /** Survives its instance. */
  kept: z.boolean(),
  pricePerMonthNanos: z.number(),
  createdAt: isoTime,
  attachedAt: isoTime.nullable(),
  detachedAt: isoTime.nullable(),
  deletingAt: isoTime.nullable(),
  deletedAt: isoTime.nullable(),
  /** When reconciliation last put it right, and when it last looked at it. */
  reconciledAt: isoTime.nullable(),
  lastReconciliationAt: isoTime.nullable(),
  deleteAttempts: z.number(),
  nextAttemptAt: isoTime.nullable(),
  lastError: z.string().nullable(),
});

export const reconcileRequestSchema = z.object({
  provider: z.enum(['scaleway', 'mock', 'host']),
  kinds: z
    .array(z.enum(['server', 'volume', 'ip', 'security_group']))
    .min(1)
    .default(['server', 'volume', 'ip', 'security_group']),
  /** Absent: every zone the provider sells in, and every zone that was ever used. */
  zones: z.array(z.string().min(1).max(64)).min(1).max(100).optional(),
  /** Finds only; writes nothing. */
  dryRun: z.boolean().default(false),
  maxDeletes: z.number().int().min(0).max(100_000).default(100),
  /** How long a thing without a row is left alone. */
  graceMs: z
    .number()
    .int()
    .min(0)
    .default(15 * 60_000),
  /** Organizations of other installations whose things are treated as this one's by this run: their store is lost. */
  claimedOrganizationIds: z
    .array(z.string().regex(organizationIdPattern, 'use the id of an organization, as the findings tell it'))
    .max(100)
    .optional(),
});

export const findingSchema = z.object({
  kind: z.enum(findingKinds),
  resourceKind: z.enum(['server', 'volume', 'ip', 'security_group']),
  zone: z.string(),
  providerId: z.string().nullable(),
  name: z.string().nullable(),
  resourceId: z.string().nullable(),
  instanceId: z.string().nullable(),
  instanceName: z.string().nullable(),
  /** The organization of another installation that its tag names. */
  otherOrganizationId: z.string().nullable(),
  /** It is that organization's, and the run was told to treat it as this installation's. */
  claimed: z.boolean(),
  /** What to type to have it treated so; null where that makes no sense. */
  claimCommand: z.string().nullable(),
  reason: z.string(),
  pricePerMonthNanos: z.number(),
  leakedPerHourNanos: z.number(),
  kept: z.boolean(),
  /** Null where there is nothing to do. */
  outcome: z.enum(['planned', 'done', 'pending', 'failed', 'overtaken', 'over_limit']).nullable(),
  error: z.string().nullable(),
});

export const reconcileReportSchema = z.object({
  provider: z.string(),
  dryRun: z.boolean(),
  startedAt: isoTime,
  durationMs: z.number(),
  zones: z.array(z.object({zone: z.string(), error: z.string().nullable()})),
  /** All but what is as it should be; that is in the totals. */
  findings: z.array(findingSchema),
  totals: z.object({
    byKind: z.record(z.enum(findingKinds), z.number()),
    differences: z.number(),
    done: z.number(),
    failed: z.number(),
    leakedPerHourNanos: z.number(),
    leakedPerMonthNanos: z.number(),
    savedPerMonthNanos: z.number(),
    keptPerMonthNanos: z.number(),
  }),
});

/** Values of one provider's credentials. Only bounded here: the provider says which are missing or malformed, and repeats none. */
export const credentialValuesSchema = z.strictObject({
  accessKey: z.string().max(256).optional(),
  secretKey: z.string().max(1024).optional(),
  projectId: z.string().max(256).optional(),
  zone: z.string().max(64).optional(),
  apiUrl: z.string().max(2048).optional(),
});

export const credentialVersionSchema = z.object({
  provider: z.string(),
  version: z.number(),
  /** First characters of the access key; nothing of the secret key ever leaves. */
  keyPrefix: z.string(),
  inUse: z.boolean(),
  createdAt: isoTime,
  createdBy: z.string(),
  /** When the provider last accepted it. */
  checkedAt: isoTime.nullable(),
  replacedAt: isoTime.nullable(),
});

export const credentialsInUseSchema = z.object({
  source: z.enum(['organization', 'environment', 'provider_file']),
  /** Which version, variables or file. */
  detail: z.string(),
  keyPrefix: z.string(),
  projectId: z.string(),
  zone: z.string().nullable(),
});

export const providerCredentialsSchema = z.object({
  provider: z.string(),
  /** Null when there are none, or none that can be used: `problem` says why. */
  inUse: credentialsInUseSchema.nullable(),
  problem: z.object({code: z.string(), message: z.string(), hint: z.string().nullable()}).nullable(),
  versions: z.array(credentialVersionSchema),
});

export const credentialTestSchema = z.object({
  provider: z.string(),
  inUse: credentialsInUseSchema,
  ok: z.boolean(),
  checks: z.array(z.object({name: z.string(), ok: z.boolean(), detail: z.string(), hint: z.string().nullable()})),
});

export const catalogSchema = z.object({
  provider: z.string(),
  /** When it was read from the provider; null: never, these are the types this version was shipped with. */
  syncedAt: isoTime.nullable(),
  types: z.array(
    z.object({
      name: z.string(),
      gpuModel: z.string(),
      gpuCount: z.number(),
      vramGibPerGpu: z.number(),
      effectiveVramGibPerGpu: z.number(),
      vcpus: z.number(),
      ramGib: z.number(),
      scratchBytesMax: z.number(),
      pricePerHourNanos: z.number(),
      pricePerMonthNanos: z.number(),
      endOfService: z.boolean(),
      localVolumeAllowed: z.boolean(),
      zones: z.array(z.object({zone: z.string(), stock: z.enum(['available', 'scarce', 'shortage', 'unknown'])})),
    }),
  ),
  zones: z.array(z.object({name: z.string(), region: z.string(), typesSold: z.number(), typesInStock: z.number()})),
  /** Beside the machine. Published prices, not read from the API. */
  diskPerGbMonthNanos: z.number(),
  ipPerHourNanos: z.number(),
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
export type VolumeView = z.infer<typeof volumeSchema>;
export type FindingView = z.infer<typeof findingSchema>;
export type ReconcileReportView = z.infer<typeof reconcileReportSchema>;
export type CredentialVersionView = z.infer<typeof credentialVersionSchema>;
export type CredentialsInUseView = z.infer<typeof credentialsInUseSchema>;
export type ProviderCredentialsView = z.infer<typeof providerCredentialsSchema>;
export type CredentialTestView = z.infer<typeof credentialTestSchema>;
export type CatalogView = z.infer<typeof catalogSchema>;
export type StateChangeView = z.infer<typeof stateChangeSchema>;
export type ProgressView = z.infer<typeof progressSchema>;
export type LogLineView = z.infer<typeof logLineSchema>;
export type ModelView = z.infer<typeof modelSchema>;
export type SizeResultView = z.infer<typeof sizeResultSchema>;
export type KeyView = z.infer<typeof keySchema>;
export type EventView = z.infer<typeof eventSchema>;
export type UsageTotalsView = z.infer<typeof usageTotalsSchema>;
export type ChatChunkView = z.infer<typeof chatChunkSchema>;
