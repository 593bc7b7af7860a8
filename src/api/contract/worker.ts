import * as z from 'zod';
import {instanceStates} from '../../core/instance/state.ts';
import {workerCommandTypes} from '../../core/worker/command.ts';
import {isoTime, limit, needs, reference} from './shared.ts';

export const workerCommandSchema = z.object({
  id: z.string(),
  type: z.enum(workerCommandTypes),
  /** queued: not in a reply yet; delivered: not answered yet. */
  status: z.enum(['queued', 'delivered', 'done', 'failed']),
  requestedBy: z.string(),
  createdAt: isoTime,
  deliveredAt: isoTime.nullable(),
  finishedAt: isoTime.nullable(),
  message: z.string().nullable(),
  /** What was collected: lines of the agent's event log and of each engine log. */
  logs: z.record(z.string(), z.json()).nullable(),
});

const figure = z.number().nullable();

export const workerMetricsSchema = z.object({
  instance: z.object({id: z.string(), name: z.string(), state: z.enum(instanceStates)}),
  source: z.enum(['heartbeats', 'asked', 'none']),
  points: z.array(
    z.object({
      at: isoTime,
      running: figure,
      waiting: figure,
      /** 0 to 1. */
      kvUsage: figure,
      ttftMs: figure,
      tokensPerSecond: figure,
      gpuUtilPercent: figure,
      gpuMemoryUsedMib: figure,
      gpuMemoryTotalMib: figure,
    }),
  ),
});

const oneInstance = z.object({instance: reference});

/** What concerns the worker of an instance; part of the topic `instances`. */
export const workerContract = {
  /** Queues a command; it goes with the reply to the worker's next heartbeat. */
  sendCommand: needs('instances.change')
    .input(
      oneInstance.extend({
        type: z.enum(workerCommandTypes),
        /** `collect_logs`: lines per log. */
        tailLines: z.number().int().min(1).max(1000).default(200),
      }),
    )
    .output(workerCommandSchema),
  /** How loaded the worker was, oldest first: from its heartbeats, else (one point) by asking it. */
  metrics: needs('instances.view')
    .input(oneInstance.extend({samples: z.number().int().min(1).max(720).default(120)}))
    .output(workerMetricsSchema),
  /** Latest first. */
  commands: needs('instances.view').input(oneInstance.extend({limit})).output(z.array(workerCommandSchema)),
};

export type WorkerCommandView = z.infer<typeof workerCommandSchema>;
