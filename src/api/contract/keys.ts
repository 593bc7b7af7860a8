import * as z from 'zod';
import {apiKeyScopes} from '../../core/tenancy/api-key.ts';
import {keyCapsSchema} from '../../core/tenancy/key-caps.ts';
import {isoTime, needs, reference} from './shared.ts';

export const keySchema = z.object({
  id: z.string(),
  name: z.string(),
  prefix: z.string(),
  scopes: z.array(z.string()),
  models: z.array(z.string()).nullable(),
  /** What one request may ask for; what is absent is the server's. */
  caps: keyCapsSchema.nullable(),
  createdAt: isoTime,
  expiresAt: isoTime.nullable(),
  revokedAt: isoTime.nullable(),
  lastUsedAt: isoTime.nullable(),
});

const {choices, batch, maxTokens, topLogprobs, allowedMembers} = keyCapsSchema.shape;
const {firstByteTimeoutMs, idleTimeoutMs, totalTimeoutMs} = keyCapsSchema.shape;

const capChangesSchema = z.strictObject({
  choices: choices.nullable(),
  batch: batch.nullable(),
  maxTokens: maxTokens.nullable(),
  topLogprobs: topLogprobs.nullable(),
  allowedMembers: allowedMembers.nullable(),
  firstByteTimeoutMs: firstByteTimeoutMs.nullable(),
  idleTimeoutMs: idleTimeoutMs.nullable(),
  totalTimeoutMs: totalTimeoutMs.nullable(),
});

export const newKeySchema = z.object({key: keySchema, /** Shown once, never stored. */ secret: z.string()});

export const keysContract = {
  create: needs('keys.own')
    .input(
      z.object({
        name: z.string().min(1).max(100),
        scopes: z.array(z.enum(apiKeyScopes)).optional(),
        models: z.array(z.string().max(256)).max(100).optional(),
        caps: keyCapsSchema.optional(),
        expiresInMs: z.number().int().positive().optional(),
      }),
    )
    .output(newKeySchema),
  list: needs('keys.own')
    .input(z.object({includeRevoked: z.boolean().default(false)}))
    .output(z.array(keySchema)),
  show: needs('keys.own')
    .input(z.object({key: reference}))
    .output(keySchema),
  /** Caps: absent as they are, null as the server says. */
  update: needs('keys.organization')
    .input(z.object({key: reference, caps: capChangesSchema}))
    .output(keySchema),
  revoke: needs('keys.own')
    .input(z.object({key: reference}))
    .output(keySchema),
  /** A new secret for the same key; the old one stays valid for `graceMs`. */
  rotate: needs('keys.own')
    .input(z.object({key: reference, graceMs: z.number().int().min(0).default(0)}))
    .output(newKeySchema),
};

export type KeyView = z.infer<typeof keySchema>;
