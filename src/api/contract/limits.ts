import * as z from 'zod';
import {limitNames} from '../../core/finops/limits.ts';
import {isoTime, needs, reference} from './shared.ts';

const durationMs = z.number().int().min(1000, 'expected at least a second');
const moneyNanos = z.number().int().min(1).max(Number.MAX_SAFE_INTEGER);

/** What a request may ask for; an absent limit is none. */
export const limitRequestFields = {
  /** Longest life, from the request. */
  ttlMs: durationMs.optional(),
  /** Most it may cost, disk and address included, nano-EUR. */
  spendMaxNanos: moneyNanos.optional(),
  /** Longest time ready without any request. */
  idleTimeoutMs: durationMs.optional(),
};

/** Limits of an instance and what is left of them. Only a running `serve` (or `enforce`) ends what has reached one. */
export const limitsSchema = z.object({
  ttlMs: z.number().nullable(),
  spendMaxNanos: z.number().nullable(),
  idleTimeoutMs: z.number().nullable(),
  /** When it ends as things are now, and because of which; null while nothing counts yet, or when it is gone. */
  endsAt: isoTime.nullable(),
  endsBy: z.enum(limitNames).nullable(),
  timeLeftMs: z.number().nullable(),
  spendLeftNanos: z.number().nullable(),
});

export const limitsContract = {
  /** Absent: as before; null: none. Ends nothing by itself. */
  change: needs('instances.change')
    .input(
      z.object({
        instance: reference,
        ttlMs: durationMs.nullable().optional(),
        spendMaxNanos: moneyNanos.nullable().optional(),
        idleTimeoutMs: durationMs.nullable().optional(),
        /** Shows what would be; changes nothing. */
        dryRun: z.boolean().default(false),
      }),
    )
    .output(
      z.object({
        instance: z.object({id: z.string(), name: z.string(), state: z.string()}),
        limits: limitsSchema.nullable(),
      }),
    ),
  /** One look at all that have limits, as `serve` takes it every few seconds; what it ends is driven by `instances.drive`. */
  enforce: needs('instances.change')
    .input(z.object({}))
    .output(
      z.object({
        checked: z.number(),
        warned: z.number(),
        failed: z.number(),
        ended: z.array(z.object({id: z.string(), name: z.string(), state: z.string(), reason: z.string().nullable()})),
      }),
    ),
  /** When limits were last enforced by anybody, and whether that is so recent that somebody goes on with it. */
  status: needs('instances.view')
    .input(z.object({}))
    .output(z.object({enforcedAt: isoTime.nullable(), isEnforced: z.boolean()})),
};

export type LimitsView = z.infer<typeof limitsSchema>;

export type EnforceView = z.infer<(typeof limitsContract)['enforce']['~orpc']['outputSchema']>;
