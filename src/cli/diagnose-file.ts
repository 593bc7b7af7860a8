import {createReadStream, statSync} from 'node:fs';
import {TextDecoder} from 'node:util';
import {LineSplitter} from '../core/diagnosis/line-splitter.ts';
import {type Diagnosis, LogDiagnosis} from '../core/diagnosis/log-diagnosis.ts';
import {InventivError} from '../core/errors.ts';
import {redact} from '../core/redact.ts';

export interface FileDiagnosis {
  readonly file: string;
  readonly lineCount: number;
  /** Of a longer file only the end was read. */
  readonly isCut: boolean;
  readonly diagnosis: Diagnosis | null;
}

const fileBytesMax = 64 * 1024 * 1024;

/** `-`, something with a slash or an extension of logs, or a file of that name; all else is the name of an instance. */
export function looksLikeFile(subject: string): boolean {
  return subject === '-' || subject.includes('/') || /\.(?:log|txt|jsonl?|out)$/.test(subject) || isFile(subject);
}

/** Reads a log of any size, line length and content in bounded memory. */
export async function diagnoseFile(subject: string, stdin: AsyncIterable<Buffer | string>): Promise<FileDiagnosis> {
  const start = subject === '-' ? 0 : startOf(subject);
  const source = subject === '-' ? stdin : createReadStream(subject, {start});
  const diagnosis = new LogDiagnosis();
  const splitter = new LineSplitter();
  let decoder: TextDecoder | null = null;
  let lineCount = 0;
  const feed = (lines: readonly string[]): void => {
    lineCount += lines.length;
    for (const line of lines) diagnosis.feed(line);
  };
  for await (const chunk of source) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    decoder ??= decoderFor(bytes);
    feed(splitter.push(decoder.decode(bytes, {stream: true})));
  }

  feed(splitter.end());
  const found = diagnosis.result();
  return {
    file: subject,
    lineCount,
    isCut: start > 0,
    diagnosis: found && {...found, evidenceLines: found.evidenceLines.map(redact)},
  };
}

/** Where to begin in a file; refuses what is no log. */
function startOf(path: string): number {
  const stats = statSync(path, {throwIfNoEntry: false});
  if (stats === undefined) {
    throw new InventivError('not_found', `There is no file "${path}".`, {
      hint: 'Give a saved log, - for stdin, or the name of an instance ("inventiv ps").',
    });
  }

  if (!stats.isFile() && !stats.isFIFO()) {
    throw new InventivError('invalid_input', `"${path}" is no file that can be read as a log.`, {
      hint: 'Give the log itself, for example engine.log.',
    });
  }

  return Math.max(0, stats.size - fileBytesMax);
}

/** PowerShell's `>` writes UTF-16; everything else is read as UTF-8, junk included. */
function decoderFor(first: Buffer): TextDecoder {
  return new TextDecoder(first[0] === 0xff && first[1] === 0xfe ? 'utf-16le' : 'utf-8');
}

function isFile(path: string): boolean {
  return statSync(path, {throwIfNoEntry: false})?.isFile() === true;
}
