import {eventIterator} from '@orpc/contract';
import * as z from 'zod';
import {needs} from './shared.ts';

export const chatMessageSchema = z.object({role: z.enum(['system', 'user', 'assistant']), content: z.string()});

/** What `chat.stream` yields: text as it comes, then one `end`. */
export const chatChunkSchema = z.discriminatedUnion('kind', [
  z.object({kind: z.literal('text'), text: z.string(), reasoning: z.boolean()}),
  z.object({
    kind: z.literal('end'),
    finishReason: z.string().nullable(),
    promptTokens: z.number(),
    completionTokens: z.number(),
    firstTokenMs: z.number().nullable(),
    durationMs: z.number(),
    instanceName: z.string(),
  }),
]);

export const chatContract = {
  /** One completion from a ready worker of the model, streamed; aborting the call cancels the generation. */
  stream: needs('chat.use')
    .input(
      z.object({
        model: z.string().min(1).max(256),
        messages: z.array(chatMessageSchema).min(1).max(1000),
        maxTokens: z.number().int().min(1).max(1_000_000).optional(),
        temperature: z.number().min(0).max(2).optional(),
      }),
    )
    .output(eventIterator(chatChunkSchema)),
};

export type ChatChunkView = z.infer<typeof chatChunkSchema>;
