import * as z from 'zod';
import {instanceStates} from '../../core/instance/state.ts';
import {modelSpecSchema} from '../../core/model/model-schema.ts';
import {isoTime, needs, nothing, reference} from './shared.ts';

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

const runtimeSchema = z.object({
  since: isoTime,
  until: isoTime,
  models: z.array(
    z.object({
      modelHfId: z.string(),
      instances: z.partialRecord(z.enum(instanceStates), z.number()),
      instanceCount: z.number(),
      gpuCount: z.number(),
      vramGib: z.number().nullable(),
      requests: z.number(),
      failed: z.number(),
      promptTokens: z.number(),
      completionTokens: z.number(),
    }),
  ),
});

export const modelsContract = {
  list: needs('models.view')
    .input(z.object({includeInactive: z.boolean().default(false)}))
    .output(z.array(modelSchema)),
  show: needs('models.view')
    .input(z.object({model: reference}))
    .output(z.object({model: modelSchema, spec: modelSpecSchema})),
  add: needs('models.change').input(modelSpecSchema).output(modelSchema),
  update: needs('models.change')
    .input(z.object({model: reference, changes: z.record(z.string(), z.json())}))
    .output(modelSchema),
  remove: needs('models.change')
    .input(z.object({model: reference}))
    .output(nothing),
  setActive: needs('models.change')
    .input(z.object({model: reference, active: z.boolean()}))
    .output(modelSchema),
  /** Models as they run now, and what was asked of them since (the last 24 hours when nothing is said). */
  runtime: needs('usage.view')
    .input(z.object({sinceMs: z.number().int().min(0).optional()}))
    .output(runtimeSchema),
  size: needs('models.view').input(sizeRequestSchema).output(sizeResultSchema),
};

export type ModelView = z.infer<typeof modelSchema>;

export type SizeResultView = z.infer<typeof sizeResultSchema>;
