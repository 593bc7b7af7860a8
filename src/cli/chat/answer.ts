import type {ApiClient} from '../api-client.ts';

export interface Message {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

export interface ChatSettings {
  readonly model: string;
  readonly maxTokens?: number;
  readonly temperature?: number;
}

/** One finished or cancelled generation. `end` is null when it was cut before the engine said how it went. */
export interface Answer {
  readonly text: string;
  readonly reasoning: string;
  readonly cancelled: boolean;
  readonly end: AnswerEnd | null;
}

export interface AnswerEnd {
  readonly finishReason: string | null;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly firstTokenMs: number | null;
  readonly durationMs: number;
  readonly instanceName: string;
}

export interface AnswerOptions {
  readonly client: Pick<ApiClient, 'chat'>;
  readonly settings: ChatSettings;
  readonly messages: readonly Message[];
  /** Aborting it cancels the generation, nothing else. */
  readonly signal: AbortSignal;
  onText(text: string, isReasoning: boolean): void;
}

/** Streams one answer, calling `onText` for each piece. */
export async function streamAnswer({client, settings, messages, signal, onText}: AnswerOptions): Promise<Answer> {
  let text = '';
  let reasoning = '';
  let end: AnswerEnd | null = null;
  try {
    for await (const chunk of await client.chat.stream({...settings, messages: [...messages]}, {signal})) {
      if (chunk.kind === 'end') {
        end = chunk;
      } else {
        if (chunk.reasoning) reasoning += chunk.text;
        else text += chunk.text;
        onText(chunk.text, chunk.reasoning);
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }

  return {text, reasoning, cancelled: signal.aborted, end};
}
