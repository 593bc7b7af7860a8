import * as z from 'zod';
import {isoTime, needs, nothing, reference} from './shared.ts';

const rate = z.number().int().min(1).max(1_000_000_000);

/** Whose requests are counted: of a key, to a model, both together, or (neither) all of the organization. */
const owner = z.object({key: reference.optional(), model: reference.optional()});

export const rateLimitSchema = z.object({
  id: z.string(),
  /** Null: of any key. */
  key: z.object({id: z.string(), name: z.string()}).nullable(),
  /** Hugging Face id; null: to any model. */
  model: z.string().nullable(),
  requestsPerMinute: z.number().nullable(),
  /** Prompt and completion together. */
  tokensPerMinute: z.number().nullable(),
  /** Requests at the same time. */
  concurrency: z.number().nullable(),
  updatedAt: isoTime,
});

/** All limits that concern a request have to let it in. A running `serve` has a change in less than a second. */
export const rateLimitsContract = {
  list: needs('rates.view').input(nothing).output(z.array(rateLimitSchema)),
  /** In place of what was set for the same owner; what is not named is not limited. */
  set: needs('rates.change')
    .input(
      owner.extend({
        requestsPerMinute: rate.optional(),
        tokensPerMinute: rate.optional(),
        concurrency: rate.optional(),
      }),
    )
    .output(rateLimitSchema),
  unset: needs('rates.change').input(owner).output(rateLimitSchema),
};

export type RateLimitView = z.infer<typeof rateLimitSchema>;
