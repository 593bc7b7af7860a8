import * as z from 'zod';
import {rateMaxNanos} from '../../core/finops/token-price.ts';
import {isoTime, needs, reference} from './shared.ts';

const rate = z.number().int().min(0).max(rateMaxNanos);

/** Whole nano-euros per million tokens and per hour of audio. */
const ratesSchema = z.object({
  inputPerMillionNanos: z.number(),
  /** Null: as the input. */
  cachedInputPerMillionNanos: z.number().nullable(),
  outputPerMillionNanos: z.number(),
  /** Null: as the output. */
  reasoningPerMillionNanos: z.number().nullable(),
  audioPerHourNanos: z.number(),
  perRequestNanos: z.number(),
});

export const priceSchema = z.object({
  id: z.string(),
  model: z.string(),
  version: z.number(),
  state: z.enum(['in_force', 'to_come', 'over']),
  validFrom: isoTime,
  /** Null: the model costs nothing from then on. */
  rates: ratesSchema.nullable(),
  setBy: z.string(),
  setAt: isoTime,
});

export const pricesContract = {
  list: needs('usage.view').output(z.array(priceSchema)),
  /** The one in force first, then what is to come; empty where there is none. */
  show: needs('usage.view')
    .input(z.object({model: reference}))
    .output(z.array(priceSchema)),
  /** All versions, latest first. */
  history: needs('usage.view')
    .input(z.object({model: reference}))
    .output(z.array(priceSchema)),
  set: needs('prices.change')
    .input(
      z.object({
        model: reference,
        validFromMs: z.number().int().min(0).optional(),
        rates: z
          .object({
            inputPerMillionNanos: rate,
            cachedInputPerMillionNanos: rate.nullable(),
            outputPerMillionNanos: rate,
            reasoningPerMillionNanos: rate.nullable(),
            audioPerHourNanos: rate,
            perRequestNanos: rate,
          })
          .partial(),
      }),
    )
    .output(priceSchema),
  unset: needs('prices.change')
    .input(z.object({model: reference}))
    .output(z.object({unset: z.boolean()})),
};

export type PriceView = z.infer<typeof priceSchema>;
