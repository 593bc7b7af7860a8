import {eventIterator} from '@orpc/contract';
import * as z from 'zod';
import {fallbackRules} from '../../core/catalog/fallback-rule.ts';
import {actionTypes} from '../../core/instance/action.ts';
import {resourceKinds} from '../../core/instance/resource.ts';
import {parseSourceRange, sourceRangesMax} from '../../core/instance/source-range.ts';
import {instanceStates} from '../../core/instance/state.ts';
import {dayMs} from '../../core/time.ts';
import {limitRequestFields, limitsSchema} from './limits.ts';
import {isoTime, listLimitMax, nameMaxChars, needs, reference} from './shared.ts';
import {workerContract} from './worker.ts';

export const instanceName = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, 'use lower-case letters, digits and dashes, for example "qwen-prod"')
  .max(nameMaxChars);

const wishesMax = 16;

const sourceRange = z.string().transform((text, context) => {
  const parsed = parseSourceRange(text);
  if (parsed.ok) return parsed.range;
  context.addIssue({code: 'custom', message: parsed.reason});
  return z.NEVER;
});

/** One, or several in order of preference. */
const oneOrMore = z.union([z.string().max(64), z.array(z.string().max(64)).min(1).max(wishesMax)]);

export const createRequestSchema = z.object({
  model: z.string().min(1).max(256),
  provider: z.enum(['scaleway', 'mock', 'host']),
  name: instanceName.optional(),
  count: z.number().int().min(1).max(64).default(1),
  zone: oneOrMore.optional(),
  type: oneOrMore.optional(),
  /** What may change when there is no room; absent: the zone or type that was not given. */
  fallback: z.enum(fallbackRules).optional(),
  /** How long to wait for room; absent or 0: not at all. */
  waitCapacityMs: z.number().int().min(0).max(dayMs).optional(),
  mode: z.enum(['mono', 'multi']).optional(),
  /** Default: containers, unless an engine command is given. */
  runtime: z.enum(['docker', 'native']).optional(),
  maxModelLen: z.number().int().min(16).max(10_000_000).optional(),
  diskGb: z.number().int().min(20).max(10_000).optional(),
  image: z.string().max(512).optional(),
  /** Who may reach the ports of the machine; absent: everybody. */
  sourceRanges: z.array(sourceRange).min(1).max(sourceRangesMax).optional(),
  onFailure: z.enum(['keep', 'terminate']).default('terminate'),
  ...limitRequestFields,
  /** Native runtime: a command that takes the place of `vllm`. */
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
  openPorts: z.array(z.number()),
  sourceRanges: z.array(z.string()),
  pricePerHourNanos: z.number(),
  pricePerMonthNanos: z.number(),
  expectedReadyMs: z.number(),
  /** Requested now, each instance ends by itself at this moment at the latest; null without limits. */
  limits: limitsSchema.nullable(),
  /** The arithmetic, line by line, for people. */
  sizing: z.array(z.string()),
  /** Where it goes on when there is no room, in this order. */
  fallbacks: z.array(z.object({type: z.string(), zone: z.string(), pricePerHourNanos: z.number()})),
  refused: z.array(z.object({type: z.string(), zone: z.string().nullable(), code: z.string(), reason: z.string()})),
});

export const failureSchema = z.object({
  /** Code of the error catalogue. */
  errorCode: z.string(),
  code: z.string(),
  message: z.string(),
  hint: z.string().nullable(),
  /** Lines of a log that show it. */
  evidenceLines: z.array(z.string()).readonly().optional(),
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
  /** Why health checks and recovery leave it alone; null: they do not. */
  leftAlone: z.object({since: isoTime, reason: z.string()}).nullable(),
  failure: failureSchema.nullable(),
  pricePerHourNanos: z.number(),
  costSoFarNanos: z.number(),
  /** After which it ends by itself, and what is left; null when it has none. */
  limits: limitsSchema.nullable(),
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
  kind: z.enum(resourceKinds),
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
  /** The agent that was installed, and the one that runs as it last said itself; nulls: not installed, not heard of. */
  agent: z.object({
    version: z.string().nullable(),
    sha256: z.string().nullable(),
    runs: z.object({version: z.string(), sha256: z.string()}).nullable(),
    matches: z.boolean().nullable(),
  }),
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

export const diagnosisSchema = z.object({
  code: z.string(),
  cause: z.string(),
  advice: z.string().nullable(),
  evidenceLines: z.array(z.string()).readonly(),
  /** Of the line that shows it; null when only the record tells. */
  lineNumber: z.number().nullable(),
  /** Other recognised causes of the same attempt. */
  alsoSeen: z.array(z.object({code: z.string(), lineNumber: z.number()})).readonly(),
  /** The engine was started again since. */
  isEarlierAttempt: z.boolean(),
});

export const instanceDiagnosisSchema = z.object({
  instance: z.string(),
  state: z.enum(instanceStates),
  /** Null: nothing that was looked at names a known cause. */
  diagnosis: diagnosisSchema.nullable(),
  /** Where it was found. */
  source: z.enum(['record', 'bootstrap', 'engine', 'agent']).nullable(),
  lookedAt: z.array(z.object({source: z.string(), lineCount: z.number()})),
});

export const loginSchema = z.object({
  instanceId: z.string(),
  user: z.string(),
  host: z.string(),
  port: z.number(),
  hostKey: z.object({type: z.string(), base64: z.string(), fingerprint: z.string()}),
});

const oneInstance = z.object({instance: reference});

const someInstances = z.object({instances: z.array(reference).min(1).max(listLimitMax)});

export const instancesContract = {
  ...workerContract,
  /** What `create` would choose and cost; spends nothing. */
  plan: needs('instances.view').input(createRequestSchema).output(planSchema),
  /** Records the intent (one instance per `count`) and returns at once; `drive` or a running `serve` does the work. */
  create: needs('instances.change').input(createRequestSchema).output(z.array(instanceSchema)),
  /** Drives these instances until each is settled (ready, failed, terminated), in the process that answers. Where another process drives already, this watches. */
  drive: needs('instances.change').input(someInstances).output(eventIterator(progressSchema)),
  /** Follows these instances until each is settled or in one of `until`, without doing anything. */
  watch: needs('instances.view')
    .input(someInstances.extend({until: z.array(z.enum(instanceStates)).optional()}))
    .output(eventIterator(progressSchema)),
  list: needs('instances.view')
    .input(
      z.object({
        includeGone: z.boolean().default(false),
        includeArchived: z.boolean().default(false),
        states: z.array(z.enum(instanceStates)).optional(),
      }),
    )
    .output(z.array(instanceSchema)),
  show: needs('instances.view').input(oneInstance).output(instanceDetailSchema),
  actions: needs('instances.view').input(oneInstance).output(z.array(actionSchema)),
  history: needs('instances.view').input(oneInstance).output(z.array(stateChangeSchema)),
  resources: needs('instances.view')
    .input(z.object({instance: reference.optional(), includeDeleted: z.boolean().default(false)}))
    .output(z.array(resourceSchema)),
  /** Records the wish to terminate; `drive` carries it out. */
  terminate: needs('instances.change').input(someInstances).output(z.array(instanceSchema)),
  drain: needs('instances.change').input(oneInstance).output(instanceSchema),
  /** How its machine is logged in to: address, user and the host key that counts. Logs nobody in. */
  login: needs('instances.change').input(oneInstance).output(loginSchema),
  /** Records the wish to set the worker up anew on its machine, drained first unless `now`; `drive` carries it out. */
  reinstall: needs('instances.change')
    .input(oneInstance.extend({now: z.boolean().default(false)}))
    .output(instanceSchema),
  /** Has health checks and recovery look after it again. */
  resetBreaker: needs('instances.change').input(oneInstance).output(instanceSchema),
  archive: needs('instances.change').input(someInstances).output(z.array(instanceSchema)),
  /** The known cause in what is recorded of the instance and in the logs of its machine. */
  diagnose: needs('instances.view').input(oneInstance).output(instanceDiagnosisSchema),
  logs: needs('instances.view')
    .input(
      oneInstance.extend({
        source: z.enum(['actions', 'bootstrap', 'agent', 'engine']).default('actions'),
        tailLines: z.number().int().min(1).max(10_000).default(200),
        /** Nothing older than this. */
        since: z.iso.datetime({offset: true}).optional(),
        follow: z.boolean().default(false),
      }),
    )
    .output(eventIterator(logLineSchema)),
};

export type CreateRequest = z.infer<typeof createRequestSchema>;

export type PlanView = z.infer<typeof planSchema>;

export type InstanceView = z.infer<typeof instanceSchema>;

export type InstanceDetailView = z.infer<typeof instanceDetailSchema>;

export type ActionView = z.infer<typeof actionSchema>;

export type ResourceView = z.infer<typeof resourceSchema>;

export type StateChangeView = z.infer<typeof stateChangeSchema>;

export type ProgressView = z.infer<typeof progressSchema>;

export type DiagnosisView = z.infer<typeof diagnosisSchema>;

export type InstanceDiagnosisView = z.infer<typeof instanceDiagnosisSchema>;

export type LoginView = z.infer<typeof loginSchema>;

export type LogLineView = z.infer<typeof logLineSchema>;
