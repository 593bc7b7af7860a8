import * as z from 'zod';
import {alertKinds} from '../../core/alerts/alert.ts';
import {isoTime, limit, needs} from './shared.ts';

export const alertSchema = z.object({
  id: z.string(),
  kind: z.enum(alertKinds),
  severity: z.enum(['warning', 'critical']),
  subjectId: z.string(),
  subjectName: z.string(),
  message: z.string(),
  hint: z.string().nullable(),
  details: z.record(z.string(), z.json()),
  raisedAt: isoTime,
  lastRaisedAt: isoTime,
  occurrences: z.number(),
  acknowledgedAt: isoTime.nullable(),
  acknowledgedBy: z.string().nullable(),
  resolvedAt: isoTime.nullable(),
  resolution: z.string().nullable(),
});

const oneAlert = z.object({alert: z.string().min(1).max(64)});

export const alertsContract = {
  /** Latest first; without `includeResolved` only what lasts. */
  list: needs('alerts.view')
    .input(z.object({includeResolved: z.boolean().default(false), limit}))
    .output(z.array(alertSchema)),
  show: needs('alerts.view').input(oneAlert).output(alertSchema),
  /** Says that somebody looks after it; it stays until it is resolved. */
  acknowledge: needs('alerts.change').input(oneAlert).output(alertSchema),
};

export type AlertView = z.infer<typeof alertSchema>;
