import {eventIterator} from '@orpc/contract';
import * as z from 'zod';
import {eventTopics} from '../../core/events.ts';
import {isoTime, limit, needs} from './shared.ts';

export const eventSchema = z.object({
  id: z.number(),
  at: isoTime,
  topic: z.string(),
  type: z.string(),
  subjectId: z.string(),
  correlationId: z.string().nullable(),
  payload: z.record(z.string(), z.json()),
});

export const eventsContract = {
  /** Past events after `afterId` (default: the latest `limit`), then, with `follow`, new ones as they happen. */
  tail: needs('events.view')
    .input(
      z.object({
        afterId: z.number().int().min(0).optional(),
        topics: z.array(z.enum(eventTopics)).optional(),
        limit,
        follow: z.boolean().default(false),
      }),
    )
    .output(eventIterator(eventSchema)),
};

export type EventView = z.infer<typeof eventSchema>;
