import {appendFileSync, readFileSync, renameSync, statSync} from 'node:fs';
import {join} from 'node:path';

/** One answered (or deliberately unanswered) call. Never holds a script, a file's content or a program's output. */
export interface CallRecord {
  readonly atMs: number;
  readonly seq: number;
  readonly call: string;
  readonly method: string;
  readonly path: string;
  readonly subject: string | null;
  readonly correlationId: string | null;
  /** HTTP status; 0 where the caller got no answer. */
  readonly status: number;
  readonly errorType: string | null;
  readonly faults: readonly string[];
  readonly durationMs: number;
}

const logBytesMax = 4 * 1024 * 1024;

export function appendCall(cloudDir: string, record: CallRecord): void {
  const path = join(cloudDir, 'calls.jsonl');
  appendFileSync(path, `${JSON.stringify(record)}\n`, {mode: 0o600});
  if (statSync(path).size > logBytesMax) renameSync(path, join(cloudDir, 'calls.1.jsonl'));
}

/** The last `count` calls, oldest first. */
export function readCalls(cloudDir: string, count: number): unknown[] {
  const lines = [...linesOf(join(cloudDir, 'calls.1.jsonl')), ...linesOf(join(cloudDir, 'calls.jsonl'))];
  return lines.slice(-count).flatMap(line => {
    try {
      return [JSON.parse(line)];
    } catch {
      return [];
    }
  });
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n').filter(Boolean);
  } catch {
    return [];
  }
}
