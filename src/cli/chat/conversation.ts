import {createInterface} from 'node:readline/promises';
import type {Screen} from '../../ui/screen.ts';
import {printable} from '../../ui/text.ts';
import {renderChatStats} from '../../ui/views/chat-stats.ts';
import type {ApiClient} from '../api-client.ts';
import {interruptible} from '../interrupt.ts';
import {type ChatSettings, type Message, streamAnswer} from './answer.ts';

export interface ConversationOptions {
  readonly client: ApiClient;
  readonly settings: ChatSettings;
  readonly system: string | null;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  screenNow(): Screen;
}

/** Messages sent at most; the oldest leave first, the system message stays. */
const messagesMax = 200;

/** Asks and answers on the terminal until Ctrl-D, Ctrl-C at the prompt, or `/exit`. Ctrl-C while it answers only cancels that. */
export async function converse(options: ConversationOptions): Promise<void> {
  const {client, settings, stdout, screenNow} = options;
  const typed: string[] = [];
  let messages: readonly Message[] = startOf(options.system);
  stdout.write(
    `${screenNow().style.dim(`Talking to ${settings.model}. Ctrl-C cancels an answer; /reset starts anew; /exit or Ctrl-D leaves.`)}\n`,
  );
  for (;;) {
    const line = await ask(options, typed);
    if (line === null || line.trim() === '/exit') return;
    if (line.trim() === '') continue;
    typed.unshift(line);
    if (line.trim() === '/reset') {
      messages = startOf(options.system);
      continue;
    }

    const asked = bounded([...messages, {role: 'user', content: line}]);
    const answer = await interruptible(signal =>
      streamAnswer({
        client,
        settings,
        messages: asked,
        signal,
        onText: (text, isReasoning) => stdout.write(shown(text, isReasoning, screenNow())),
      }),
    );
    stdout.write(`\n${renderChatStats(answer.end, answer.cancelled, screenNow())}\n`);
    messages = answer.text === '' ? messages : [...asked, {role: 'assistant', content: answer.text}];
  }
}

/** What a piece looks like on a terminal: reasoning is dim, and nothing in it can steer the terminal. */
export function shown(text: string, isReasoning: boolean, screen: Screen): string {
  const safe = printable(text);
  return isReasoning ? screen.style.dim(safe) : safe;
}

/** A prompt of its own each time: while an answer streams, the terminal is in its normal mode and Ctrl-C is a signal. */
async function ask({stdin, stdout, screenNow}: ConversationOptions, typed: readonly string[]): Promise<string | null> {
  const terminal = createInterface({input: stdin, output: stdout, history: [...typed]});
  const left = new Promise<null>(resolve =>
    terminal.once('close', () => resolve(null)).once('SIGINT', () => resolve(null)),
  );
  try {
    return await Promise.race([terminal.question(`\n${screenNow().style.cyan('>')} `), left]);
  } catch {
    return null;
  } finally {
    terminal.close();
  }
}

function startOf(system: string | null): readonly Message[] {
  return system === null ? [] : [{role: 'system', content: system}];
}

function bounded(messages: readonly Message[]): readonly Message[] {
  if (messages.length <= messagesMax) return messages;
  const system = messages.filter(message => message.role === 'system');
  return [...system, ...messages.filter(message => message.role !== 'system').slice(system.length - messagesMax)];
}
