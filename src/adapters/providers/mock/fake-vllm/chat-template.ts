import {encode, TURN_END, TURN_START} from './tokenizer.ts';

export interface ChatTurn {
  role: string;
  text: string;
}

/**
 * Tokens of a conversation as a ChatML template gives them: a follow-up starts with exactly the tokens of the turn
 * before it plus the answer, which is what makes prefix-cache hits (and sticky routing) visible.
 */
export function renderChat(
  turns: readonly ChatTurn[],
  options: {toolsText?: string; addGenerationPrompt: boolean},
): number[] {
  const ids: number[] = [];
  if (options.toolsText !== undefined) appendTurn(ids, {role: 'system', text: `Tools: ${options.toolsText}`});
  for (const turn of turns) appendTurn(ids, turn);
  if (options.addGenerationPrompt) ids.push(TURN_START, ...encode('assistant\n'));
  return ids;
}

function appendTurn(ids: number[], turn: ChatTurn): void {
  ids.push(TURN_START);
  for (const id of encode(`${turn.role}\n`)) ids.push(id);
  for (const id of encode(turn.text)) ids.push(id);
  ids.push(TURN_END);
  for (const id of encode('\n')) ids.push(id);
}
