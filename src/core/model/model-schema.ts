import * as z from 'zod';
import {modelIdFromHfId, validateHfId} from './hf-id.ts';
import type {ModelSpec} from './model.ts';
import {MODEL_TASKS, PRECISIONS} from './model.ts';
import {refuseExtraArgs} from './reserved-args.ts';
import {parseVersion} from './version.ts';

const TOKENS_MAX = 100_000_000;
const WEIGHTS_BYTES_MAX = 10e12;
const parserName = z.string().regex(/^[a-z0-9_]{1,40}$/, 'expected a vLLM parser name such as hermes');

export const modelIdSchema = z
  .string()
  .max(100)
  .regex(
    /^[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/,
    'expected lower-case letters, digits, ".", "-" and "_", such as qwen3-8b',
  );

export const hfIdSchema = z.string().superRefine((text, context) => {
  const check = validateHfId(text);
  if (!check.ok) context.addIssue({code: 'custom', message: check.message});
});

export const modelArchitectureSchema = z.strictObject({
  layers: z.int().min(1).max(1_000),
  attentionLayers: z.int().min(0).max(1_000),
  attentionHeads: z.int().min(1).max(1_024),
  kvHeads: z.int().min(1).max(1_024),
  headDim: z.int().min(1).max(4_096),
  mla: z.boolean().optional(),
});

const modelFields = z.strictObject({
  id: modelIdSchema.optional(),
  hfId: hfIdSchema,
  revision: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,127}$/, 'expected a commit, tag or branch')
    .optional(),
  displayName: z.string().min(1).max(120).optional(),
  active: z.boolean().default(true),
  gated: z.boolean().default(false),
  license: z.string().max(120).optional(),
  task: z.enum(MODEL_TASKS).default('generate'),
  precision: z.enum(PRECISIONS).default('bf16'),
  weightsBytes: z.int().min(1).max(WEIGHTS_BYTES_MAX),
  architecture: modelArchitectureSchema,
  kvBytesPerTokenOverride: z.int().min(1).max(100_000_000).optional(),
  contextMaxTokens: z.int().min(1).max(TOKENS_MAX),
  defaultMaxModelLen: z.int().min(1).max(TOKENS_MAX).optional(),
  dataVolumeGb: z.int().min(1).max(10_000).optional(),
  minVramGib: z.number().positive().max(100_000).optional(),
  minComputeCapability: z.number().min(1).max(99).optional(),
  vllmMinVersion: z
    .string()
    .refine(text => parseVersion(text) !== undefined, 'expected a version such as 0.20.0')
    .default('0.8.5'),
  toolCallParser: parserName.optional(),
  reasoningParser: parserName.optional(),
  extraArgs: z
    .array(z.string())
    .superRefine((args, context) => {
      const refusal = refuseExtraArgs(args);
      if (refusal) context.addIssue({code: 'custom', message: refusal});
    })
    .default([]),
  estimated: z.boolean().optional(),
});

/** The context a model of unknown habits starts with: long enough for work, small enough to leave room for users. */
const DEFAULT_MAX_MODEL_LEN = 16_384;

/**
 * A model as a user describes it. Only the repository, the size of the weights, the architecture and the context are
 * required; unknown keys are refused so that a typo is not silently ignored.
 */
export const modelSpecSchema = modelFields
  .superRefine((model, context) => {
    if (model.architecture.attentionLayers > model.architecture.layers)
      context.addIssue({
        code: 'custom',
        path: ['architecture', 'attentionLayers'],
        message: `expected at most the ${model.architecture.layers} layers of the model`,
      });
    if (model.defaultMaxModelLen !== undefined && model.defaultMaxModelLen > model.contextMaxTokens)
      context.addIssue({
        code: 'custom',
        path: ['defaultMaxModelLen'],
        message: `expected at most contextMaxTokens (${model.contextMaxTokens})`,
      });
  })
  .transform(
    (model): ModelSpec => ({
      ...model,
      id: model.id ?? modelIdFromHfId(model.hfId),
      displayName: model.displayName ?? model.hfId.slice(model.hfId.indexOf('/') + 1),
      defaultMaxModelLen: model.defaultMaxModelLen ?? Math.min(DEFAULT_MAX_MODEL_LEN, model.contextMaxTokens),
    }),
  );

export type ModelSpecInput = z.input<typeof modelSpecSchema>;
