import {Answer} from '../answer.ts';
import {answerHead, checkModel} from '../answer-head.ts';
import {sequenceRequest} from '../answer-source.ts';
import {BodyFields} from '../body-fields.ts';
import type {Exchange} from '../exchange.ts';
import type {InferenceServer} from '../inference-server.ts';
import {badRequest, validationFailed} from '../openai-errors.ts';
import type {AnswerHead, AnswerShape} from '../openai-shapes.ts';
import {channelText} from '../openai-shapes.ts';
import {readSampling} from '../sampling-request.ts';
import {answerSeed, proseSource} from '../token-source.ts';
import {encode} from '../tokenizer.ts';

/** Whisper's decoder prompt: start, language, task, no timestamps. */
const PROMPT_TOKENS = 4;
const TOKENS_PER_SECOND = 3;
const OUTPUT_TOKENS_MAX = 448;
const BYTES_PER_SECOND_GUESS = 16_000;

/** `POST /v1/audio/transcriptions`, `POST /v1/audio/translations`: a form with a file; billed by its length. */
export async function transcriptions(server: InferenceServer, exchange: Exchange): Promise<void> {
  const form = await exchange.readForm();
  const file = form.get('file');
  if (file === null || typeof file === 'string') throw validationFailed([{path: 'file', message: 'Field required'}]);
  const text = (name: string): string | null => {
    const value = form.get(name);
    return typeof value === 'string' ? value : null;
  };
  checkModel(server, text('model'));
  const format = text('response_format') ?? 'json';
  if (!['json', 'text', 'verbose_json'].includes(format)) {
    throw badRequest('Currently only support response_format: `text`, `json` or `verbose_json`', 'response_format');
  }

  const isTrue = (name: string): boolean => text(name)?.toLowerCase() === 'true';
  const seconds = Math.ceil(audioSeconds(Buffer.from(await file.arrayBuffer())));
  const promptIds = [...Array.from({length: PROMPT_TOKENS}, (_, at) => at), ...encode(text('prompt') ?? '')];
  const head = answerHead(server, exchange, 'trsc');
  const length = Math.max(1, Math.min(OUTPUT_TOKENS_MAX, seconds * TOKENS_PER_SECOND));
  const seed = answerSeed(server.options.seed, [file.size], 0, 0);
  const source = proseSource({seed, lengthTokens: length, endless: false, lengthTokensMin: 0, withReasoning: false});
  const sampling = readSampling(new BodyFields({}), []);
  Answer.start(
    server,
    exchange,
    {
      id: head.id,
      stream: isTrue('stream'),
      includeUsage: isTrue('stream_include_usage'),
      continuousUsage: isTrue('stream_include_usage') && isTrue('stream_continuous_usage_stats'),
      promptTokens: promptIds.length,
      sequences: [sequenceRequest(promptIds, source, sampling, OUTPUT_TOKENS_MAX)],
    },
    transcriptionShape(head, seconds),
  );
}

function transcriptionShape(head: AnswerHead, seconds: number): AnswerShape {
  const chunk = (choices: object[], more: object = {}): object => ({
    id: head.id,
    object: 'transcription.chunk',
    created: head.createdAtSeconds,
    model: head.model,
    choices,
    ...more,
  });
  return {
    opening: () => [],
    chunks: (_, {segments, finishReason, stopReason}) => [
      chunk([
        {delta: {content: channelText(segments, 'content')}, finish_reason: finishReason, stop_reason: stopReason},
      ]),
    ],
    usageChunk: usage => chunk([], {usage}),
    whole: ([output]) => ({
      text: channelText(output?.segments ?? [], 'content'),
      usage: {type: 'duration', seconds},
    }),
  };
}

/** From the header of a WAV file (bytes per second at offset 28); anything else by its size. */
function audioSeconds(bytes: Buffer): number {
  if (bytes.length === 0) throw badRequest('Invalid or unsupported audio file.', 'file');
  const isWav = bytes.length > 44 && bytes.toString('latin1', 0, 4) === 'RIFF';
  return isWav ? (bytes.length - 44) / Math.max(1, bytes.readUInt32LE(28)) : bytes.length / BYTES_PER_SECOND_GUESS;
}
