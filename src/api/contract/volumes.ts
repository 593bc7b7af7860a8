import * as z from 'zod';
import {instanceStates} from '../../core/instance/state.ts';
import {isoTime, needs, reference} from './shared.ts';

/** A volume with the instance it belongs to, what it costs, and every time of its life. */
export const volumeSchema = z.object({
  id: z.string(),
  name: z.string(),
  provider: z.string(),
  zone: z.string(),
  providerId: z.string().nullable(),
  providerType: z.string().nullable(),
  instance: z.object({id: z.string(), name: z.string(), state: z.enum(instanceStates)}),
  status: z.enum(['planned', 'creating', 'attached', 'detached', 'deleting', 'deleted']),
  sizeBytes: z.number().nullable(),
  iops: z.number().nullable(),
  isBoot: z.boolean(),
  /** Survives its instance. */
  kept: z.boolean(),
  pricePerMonthNanos: z.number(),
  createdAt: isoTime,
  attachedAt: isoTime.nullable(),
  detachedAt: isoTime.nullable(),
  deletingAt: isoTime.nullable(),
  deletedAt: isoTime.nullable(),
  /** When reconciliation last put it right, and when it last looked at it. */
  reconciledAt: isoTime.nullable(),
  lastReconciliationAt: isoTime.nullable(),
  deleteAttempts: z.number(),
  nextAttemptAt: isoTime.nullable(),
  lastError: z.string().nullable(),
});

const oneVolume = z.object({volume: reference});

export const volumesContract = {
  list: needs('instances.view')
    .input(z.object({instance: reference.optional(), includeDeleted: z.boolean().default(false)}))
    .output(z.array(volumeSchema)),
  show: needs('instances.view').input(oneVolume).output(volumeSchema),
  /** It outlives its instance, and is paid for until it is deleted. */
  keep: needs('instances.change').input(oneVolume).output(volumeSchema),
  /** It goes with its instance again. */
  release: needs('instances.change').input(oneVolume).output(volumeSchema),
  /** Deletes the volume of a gone instance at the provider. */
  delete: needs('instances.change').input(oneVolume).output(volumeSchema),
};

export type VolumeView = z.infer<typeof volumeSchema>;
