import {eventIterator} from '@orpc/contract';
import * as z from 'zod';
import {type UsageRecord, usageGroups} from '../../core/finops/usage.ts';
import {usageSteps} from '../../core/finops/usage-series.ts';
import {isoTime, needs, reference} from './shared.ts';

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

const filterSchema = z.object({
  fromMs: z.number().int().optional(),
  untilMs: z.number().int().optional(),
  key: reference.optional(),
  model: reference.optional(),
  instance: reference.optional(),
  user: reference.optional(),
});

const usageGroupSchema = z.object({
  /** Null: requests that no instance took. */
  id: z.string().nullable(),
  /** As people call it; the id where it has no name, or none any more. */
  name: z.string(),
  totals: usageTotalsSchema,
});

const correctedLineSchema = z.object({
  requestId: z.string(),
  /** What the line says. */
  billedNanos: z.number(),
  /** What it costs now, with all corrections. */
  amountNanos: z.number(),
  /** False when it cost that much already, and nothing was written. */
  isNew: z.boolean(),
  corrections: z.array(
    z.object({id: z.string(), amountNanos: z.number(), reason: z.string(), by: z.string(), at: isoTime}),
  ),
});

const seriesSchema = z.object({
  from: isoTime,
  until: isoTime,
  step: z.enum(usageSteps),
  by: z.enum(usageGroups).nullable(),
  /** By time; steps in which nothing was asked have none. */
  points: z.array(
    z.object({
      at: isoTime,
      /** Null where it is not told apart, or (instance) where nobody served. */
      id: z.string().nullable(),
      /** As people call it. */
      name: z.string(),
      requests: z.number(),
      promptTokens: z.number(),
      completionTokens: z.number(),
      amountNanos: z.number(),
    }),
  ),
});

export const usageContract = {
  /** Sums per hour or day of UTC, of all or told apart. Corrections count on the day they were made. */
  series: needs('usage.view')
    .input(
      filterSchema.extend({
        fromMs: z.number().int(),
        step: z.enum(usageSteps).optional(),
        by: z.enum(usageGroups).optional(),
      }),
    )
    .output(seriesSchema),
  /** The lines of the ledger, oldest first, as long as somebody reads: one page is held at a time. */
  export: needs('usage.view')
    .input(filterSchema)
    .output(eventIterator(z.array(z.custom<UsageRecord>()))),
  /** Ready instances: their engines' own counters against the ledger. */
  reconcile: needs('usage.view')
    .input(z.object({instance: reference.optional()}))
    .output(z.array(driftSchema)),
  totals: needs('usage.view').input(filterSchema).output(usageTotalsSchema),
  /** The same apart for each key, model and so on, the most expensive first. */
  totalsBy: needs('usage.view')
    .input(filterSchema.extend({by: z.enum(usageGroups)}))
    .output(z.array(usageGroupSchema)),
  /** Makes a line cost this much, by a counter-entry; the line itself stays as it is. */
  correct: needs('usage.correct')
    .input(
      z.object({
        request: reference,
        toNanos: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
        reason: z.string().trim().min(1).max(500),
      }),
    )
    .output(correctedLineSchema),
};

export type CorrectedLineView = z.infer<typeof correctedLineSchema>;
export type UsageGroupView = z.infer<typeof usageGroupSchema>;
export type UsageSeriesView = z.infer<typeof seriesSchema>;
export type UsageTotalsView = z.infer<typeof usageTotalsSchema>;
