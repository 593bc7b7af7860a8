import {Template} from '@huggingface/jinja';
import {badRequest} from './api-error.ts';

export interface ChatMessage {
  readonly role: string;
  readonly content: string;
}

/** Renders the model's own chat template (Jinja text from the GGUF file) up to where the assistant begins. */
export function renderChatPrompt(template: string, messages: readonly ChatMessage[], special: SpecialTokens): string {
  return new Template(template).render({
    messages: messages.map(({role, content}) => ({role, content})),
    bos_token: special.begin,
    eos_token: special.end,
    add_generation_prompt: true,
  });
}

export interface SpecialTokens {
  readonly begin: string;
  readonly end: string;
}

/** @throws ApiError 400 unless this is a non-empty list of messages with text content. */
export function parseMessages(value: unknown): ChatMessage[] {
  if (!Array.isArray(value) || value.length === 0) throw badRequest('messages', 'a non-empty list was expected');
  return value.map((message: unknown, index) => {
    const {role, content} = isRecord(message) ? message : {};
    if (typeof role !== 'string') throw badRequest(`messages.${index}.role`, 'a string was expected');
    return {role, content: textOf(content, `messages.${index}.content`)};
  });
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** OpenAI content is a string, a list of parts, or null for a message that only calls tools. */
function textOf(content: unknown, param: string): string {
  if (typeof content === 'string') return content;
  if (content === null || content === undefined) return '';
  if (!Array.isArray(content)) throw badRequest(param, 'a string or a list of parts was expected');
  return content
    .map((part: unknown) => {
      if (isRecord(part) && part.type === 'text' && typeof part.text === 'string') return part.text;
      throw badRequest(param, 'only text parts are supported');
    })
    .join('\n');
}
