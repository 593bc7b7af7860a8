import * as z from 'zod';
import {needs, reference} from './shared.ts';

export const usageTotalsSchema = z.object({
  requests: z.number(),
  promptTokens: z.number(),
  cachedPromptTokens: z.number(),
  completionTokens: z.number(),
  reasoningTokens: z.number(),
  audioMs: z.number(),
  /** Requests whose tokens the engine did not tell in full. */
  estimated: z.number(),
  cancelled: z.number(),
  failed: z.number(),
  amountNanos: z.number(),
});

const tokenSums = z.object({prompt: z.number(), completion: z.number()});

const driftSchema = z.object({
  instanceId: z.string(),
  instanceName: z.string(),
  verdict: z.enum(['even', 'engine_more', 'ledger_more', 'busy', 'unknown']),
  engine: tokenSums.nullable(),
  ledger: tokenSums,
  /** What readiness asked for itself. */
  probes: tokenSums,
  /** engine - ledger - probes */
  difference: tokenSums.nullable(),
  estimatedLines: z.number(),
  sampledAt: z.string().nullable(),
});

export const usageContract = {
  /** Ready instances: their engines' own counters against the ledger. */
  reconcile: needs('usage.view')
    .input(z.object({instance: reference.optional()}))
    .output(z.array(driftSchema)),
  totals: needs('usage.view')
    .input(
      z.object({
        fromMs: z.number().int().optional(),
        untilMs: z.number().int().optional(),
        key: reference.optional(),
        model: reference.optional(),
        instance: reference.optional(),
      }),
    )
    .output(usageTotalsSchema),
};

export type UsageTotalsView = z.infer<typeof usageTotalsSchema>;
