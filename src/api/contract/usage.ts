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

export const usageContract = {
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
