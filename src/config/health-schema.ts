import * as z from 'zod';
import {parseDurationMs} from '../core/time.ts';

const checkEveryMaxMs = 30_000;
const duration = z.string().regex(/^(\d+(ms|s|m|h|d))+$/, 'expected a duration such as 90s, 30m or 1h30m');
const positive = duration.refine(text => parseDurationMs(text, 'health') > 0, 'expected more than no time at all');
const count = z.int().min(1).max(1000);

/** The `health` section of the config file. */
export const healthSchema = z.strictObject({
  checkEvery: positive
    .refine(text => parseDurationMs(text, 'health') < checkEveryMaxMs, 'expected less than 30s')
    .optional(),
  heartbeatFresh: positive.optional(),
  probeTimeout: positive.optional(),
  backOffFirst: positive.optional(),
  backOffMax: positive.optional(),
  workerDeadAfter: positive.optional(),
  wedgedAfter: positive.optional(),
  stuckAfter: z
    .strictObject({booting: positive.optional(), installing: positive.optional(), starting: positive.optional()})
    .optional(),
  recoverAfter: positive.optional(),
  autoReinstall: z.boolean().optional(),
  reinstallsMax: count.optional(),
  breakerFailuresMax: count.optional(),
  flapping: z
    .strictObject({deathsMax: count.max(20).optional(), window: positive.optional(), stable: positive.optional()})
    .optional(),
  crashLoop: z.strictObject({restartsMax: count.max(20).optional(), window: positive.optional()}).optional(),
  logSuccessEvery: duration.optional(),
  logFailureEvery: duration.optional(),
});

/** Its keys, for near names of a typo. */
export const healthKeys: Readonly<Record<string, readonly string[]>> = {
  health: Object.keys(healthSchema.shape),
  'health.stuckAfter': ['booting', 'installing', 'starting'],
  'health.flapping': ['deathsMax', 'window', 'stable'],
  'health.crashLoop': ['restartsMax', 'window'],
};
