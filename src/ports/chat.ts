import type {WorkerTarget} from './worker.ts';

/** Streams one chat completion from a worker. Aborting the target's signal cancels the generation there. */
export interface ChatUpstream {
  stream(target: WorkerTarget, request: ChatRequest): AsyncIterable<ChatPiece>;
}

export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly {readonly role: 'system' | 'user' | 'assistant'; readonly content: string}[];
  readonly maxTokens: number | null;
  readonly temperature: number | null;
}

/** Text as it comes; usage whenever the engine tells it (the last one counts); the finish reason once. */
export type ChatPiece =
  | {readonly kind: 'text'; readonly text: string; readonly reasoning: boolean}
  | {readonly kind: 'usage'; readonly promptTokens: number; readonly completionTokens: number}
  | {readonly kind: 'finish'; readonly reason: string};
