import {string} from '@oclif/core/args';
import {custom, integer, string as stringFlag} from '@oclif/core/flags';
import type {ApiClient} from '../src/cli/api-client.ts';
import {BaseCommand} from '../src/cli/base-command.ts';
import {type ChatSettings, type Message, streamAnswer} from '../src/cli/chat/answer.ts';
import {chooseModel} from '../src/cli/chat/choose-model.ts';
import {converse, shown} from '../src/cli/chat/conversation.ts';
import {interruptedExit, interruptible} from '../src/cli/interrupt.ts';
import {readStdin} from '../src/cli/read-stdin.ts';
import {InventivError} from '../src/core/errors.ts';
import {renderChatStats} from '../src/ui/views/chat-stats.ts';

export default class Chat extends BaseCommand<typeof Chat> {
  static override summary = 'Talk to a model that is ready; with a prompt, answer once';
  static override description =
    'Ctrl-C cancels the answer that is being generated, and the engine stops working on it.';
  static override examples = [
    '<%= config.bin %> chat',
    '<%= config.bin %> chat "Why is the sky blue?" --model qwen3-8b',
    'git diff | <%= config.bin %> chat --system "Write a commit message for this diff" --quiet',
  ];
  static override args = {prompt: string({description: 'what to ask; without it, a conversation (or stdin)'})};
  static override flags = {
    model: stringFlag({
      char: 'm',
      description: 'model, or the name of an instance (default: the only one that is ready)',
    }),
    system: stringFlag({char: 's', description: 'system message'}),
    'max-tokens': integer({min: 1, max: 1_000_000, description: 'longest answer'}),
    temperature: custom<number>({
      description: '0 (always the same) to 2',
      parse: async text => parseTemperature(text),
    })(),
  };

  async run(): Promise<void> {
    const config = await this.settings();
    await this.withClient(async client => {
      const prompt = this.args.prompt ?? (process.stdin.isTTY === true ? null : await readStdin(process.stdin));
      const settings: ChatSettings = {
        model: await chooseModel(client, this.flags.model ?? config.model),
        ...(this.flags['max-tokens'] === undefined ? {} : {maxTokens: this.flags['max-tokens']}),
        ...(this.flags.temperature === undefined ? {} : {temperature: this.flags.temperature}),
      };
      if (prompt !== null) process.exitCode = await this.#answerOnce(client, settings, prompt);
      else
        await converse({
          client,
          settings,
          system: this.flags.system ?? null,
          stdin: process.stdin,
          stdout: process.stdout,
          screenNow: () => this.screen(),
        });
    }, config);
  }

  async #answerOnce(client: ApiClient, settings: ChatSettings, prompt: string): Promise<number> {
    if (prompt.trim() === '')
      throw new InventivError('invalid_input', 'expected a question, got nothing', {
        hint: 'inventiv chat "Why is the sky blue?"',
      });
    const messages: Message[] = [
      ...(this.flags.system === undefined ? [] : [{role: 'system' as const, content: this.flags.system}]),
      {role: 'user', content: prompt},
    ];
    const isTerminal = process.stdout.isTTY === true;
    return await interruptible(async signal => {
      const answer = await streamAnswer({
        client,
        settings,
        messages,
        signal,
        onText: (text, isReasoning) => {
          if (isTerminal) this.out.piece(shown(text, isReasoning, this.screen()));
          else if (!isReasoning) this.out.piece(text);
        },
      });
      if (this.out.mode.json) this.out.document({model: settings.model, ...answer});
      else this.out.piece('\n');
      this.out.note(renderChatStats(answer.end, answer.cancelled, this.noteScreen()));
      return interruptedExit(signal) ?? 0;
    });
  }
}

function parseTemperature(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 2)) {
    throw new InventivError(
      'invalid_input',
      `--temperature: expected a number from 0 to 2, got "${text.slice(0, 20)}".`,
      {param: '--temperature'},
    );
  }

  return value;
}
