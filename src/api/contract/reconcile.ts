import * as z from 'zod';
import {resourceKinds} from '../../core/instance/resource.ts';
import {organizationIdPattern} from '../../core/reconcile/claim.ts';
import {findingKinds} from '../../core/reconcile/finding.ts';
import {isoTime, needs} from './shared.ts';

export const reconcileRequestSchema = z.object({
  provider: z.enum(['scaleway', 'mock', 'host']),
  kinds: z
    .array(z.enum(resourceKinds))
    .min(1)
    .default([...resourceKinds]),
  /** Absent: every zone the provider sells in, and every zone that was ever used. */
  zones: z.array(z.string().min(1).max(64)).min(1).max(100).optional(),
  /** Finds only; writes nothing. */
  dryRun: z.boolean().default(false),
  maxDeletes: z.number().int().min(0).max(100_000).default(100),
  /** How long a thing without a row is left alone. */
  graceMs: z
    .number()
    .int()
    .min(0)
    .default(15 * 60_000),
  /** Organizations of other installations whose things are treated as this one's by this run: their store is lost. */
  claimedOrganizationIds: z
    .array(z.string().regex(organizationIdPattern, 'use the id of an organization, as the findings tell it'))
    .max(100)
    .optional(),
});

export const findingSchema = z.object({
  kind: z.enum(findingKinds),
  resourceKind: z.enum(resourceKinds),
  zone: z.string(),
  providerId: z.string().nullable(),
  name: z.string().nullable(),
  resourceId: z.string().nullable(),
  instanceId: z.string().nullable(),
  instanceName: z.string().nullable(),
  /** The organization of another installation that its tag names. */
  otherOrganizationId: z.string().nullable(),
  /** It is that organization's, and the run was told to treat it as this installation's. */
  claimed: z.boolean(),
  /** What to type to have it treated so; null where that makes no sense. */
  claimCommand: z.string().nullable(),
  reason: z.string(),
  pricePerMonthNanos: z.number(),
  leakedPerHourNanos: z.number(),
  kept: z.boolean(),
  /** Null where there is nothing to do. */
  outcome: z.enum(['planned', 'done', 'pending', 'failed', 'overtaken', 'over_limit']).nullable(),
  error: z.string().nullable(),
});

export const reconcileReportSchema = z.object({
  provider: z.string(),
  dryRun: z.boolean(),
  startedAt: isoTime,
  durationMs: z.number(),
  zones: z.array(z.object({zone: z.string(), error: z.string().nullable()})),
  /** All but what is as it should be; that is in the totals. */
  findings: z.array(findingSchema),
  totals: z.object({
    byKind: z.record(z.enum(findingKinds), z.number()),
    differences: z.number(),
    done: z.number(),
    failed: z.number(),
    leakedPerHourNanos: z.number(),
    leakedPerMonthNanos: z.number(),
    savedPerMonthNanos: z.number(),
    keptPerMonthNanos: z.number(),
  }),
});

export const reconcileContract = {
  /** Compares the store with the provider and, without `dryRun`, puts right what is wrong. */
  run: needs('instances.change').input(reconcileRequestSchema).output(reconcileReportSchema),
};

export type FindingView = z.infer<typeof findingSchema>;

export type ReconcileReportView = z.infer<typeof reconcileReportSchema>;
