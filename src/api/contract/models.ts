import * as z from 'zod';
import {modelSpecSchema} from '../../core/model/model-schema.ts';
import {needs, nothing, reference} from './shared.ts';

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
  size: needs('models.view').input(sizeRequestSchema).output(sizeResultSchema),
};

export type ModelView = z.infer<typeof modelSchema>;

export type SizeResultView = z.infer<typeof sizeResultSchema>;
