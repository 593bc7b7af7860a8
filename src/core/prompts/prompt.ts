import {InventivError} from '../errors.ts';
import type {EpochMs} from '../time.ts';

/** What a system prompt belongs to, in the order in which prompts are put before a conversation. */
export const promptLevels = ['model', 'organization', 'key'] as const;

export type PromptLevel = (typeof promptLevels)[number];

/** Whose prompt: the Hugging Face id of a model, the id of a key or of the organization itself. */
export interface PromptSubject {
  readonly level: PromptLevel;
  readonly subject: string;
}

/** One version; they are numbered from 1 and never changed. Null text: from this version on there is none. */
export interface PromptVersion extends PromptSubject {
  readonly organizationId: string;
  readonly version: number;
  readonly text: string | null;
  readonly createdAtMs: EpochMs;
  readonly createdBy: string;
}

/** The version in force of something that has a prompt. */
export type CurrentPrompt = PromptVersion & {readonly text: string};

export const promptMaxChars = 32_000;

/** The text as it is kept: without space around it. Throws `invalid_input`. */
export function parsePrompt(text: string): string {
  const trimmed = text.trim();
  if (trimmed === '') {
    throw new InventivError('invalid_input', 'expected the text of a system prompt, got nothing', {
      hint: 'Give it as an argument, with --file, or on stdin. "prompts unset" takes one away.',
      param: 'text',
    });
  }

  if (trimmed.length > promptMaxChars) {
    const message = `expected a system prompt of at most ${promptMaxChars} characters, got ${trimmed.length}`;
    throw new InventivError('invalid_input', message, {
      hint: 'Every request pays for it: say less.',
      param: 'text',
    });
  }

  if (!trimmed.isWellFormed() || trimmed.includes('\u0000')) {
    throw new InventivError('invalid_input', 'expected a system prompt of Unicode text, got other bytes', {
      param: 'text',
    });
  }

  return trimmed;
}

/** What is said before a conversation, or null. `find` gives the prompt in force at a level. */
export function composePrompt(
  find: (level: PromptLevel) => CurrentPrompt | undefined,
): {readonly text: string; readonly versions: readonly {level: PromptLevel; version: number}[]} | null {
  const found = promptLevels.flatMap(level => find(level) ?? []);
  if (found.length === 0) return null;
  return {
    text: found.map(({text}) => text).join('\n\n'),
    versions: found.map(({level, version}) => ({level, version})),
  };
}
