import {readFileSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import type {UsageRecord} from '../../core/finops/usage.ts';
import {LineFile} from './line-file.ts';
import {recordOfLine} from './read-line.ts';

const rotateBytes = 1024 * 1024;

/**
 * The requests that this process has not finished, on disk: what is left in it after a crash is settled as it stands. Lines
 * are records (begun) and ids (over); a request is on disk before it goes to a worker.
 */
export class OpenRequests {
  private readonly directory: string;
  private readonly open = new Map<string, string>();
  private file: LineFile | null = null;
  private sequence = 0;
  private lines = '';
  /** The disk did not take something: the file does not say what is open. */
  private behind = false;

  constructor(directory: string) {
    this.directory = directory;
  }

  /** `ifCrashed`: the record to be written when this process does not live to write a better one. */
  begun(ifCrashed: UsageRecord): void {
    const line = JSON.stringify(ifCrashed);
    this.open.set(ifCrashed.requestId, line);
    this.write(line);
  }

  over(requestId: string): void {
    if (this.open.delete(requestId)) this.write(JSON.stringify(requestId));
  }

  close(): void {
    this.lines = '';
    if (this.file !== null) discard(this.file);
    this.file = null;
  }

  private write(line: string): void {
    // Before the request goes out, which is a later tick of the same turn.
    if (this.lines === '') process.nextTick(() => this.flush());
    this.lines += `${line}\n`;
  }

  private flush(): void {
    if (this.lines === '') return;
    try {
      if (this.file === null || this.behind || this.file.bytes > rotateBytes) this.rewrite();
      else this.file.append(this.lines);
      this.behind = false;
    } catch {
      // The journal of usage says so at the first record, and nothing here is worth failing a request.
      this.behind = true;
    }

    this.lines = '';
  }

  /** What is open now, in a new file; the old one stays until that is on disk. */
  private rewrite(): void {
    const old = this.file;
    const next = new LineFile(join(this.directory, `${process.pid}-open-${this.sequence++}.jsonl`), 'w');
    try {
      next.append(Array.from(this.open.values(), line => `${line}\n`).join(''));
    } catch (error) {
      discard(next);
      throw error;
    }

    this.file = next;
    if (old !== null) discard(old);
  }
}

function discard(file: LineFile): void {
  file.close();
  rmSync(file.path, {force: true});
}

/** What was begun and never over, in a file that a crashed process left. A line cut off by the crash is skipped. */
export function readOpenRequests(path: string): readonly UsageRecord[] {
  const open = new Map<string, UsageRecord>();
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const value = parseLine(line);
    if (typeof value === 'string') open.delete(value);
    else if (value !== null) open.set(value.requestId, value);
  }

  return [...open.values()];
}

function parseLine(line: string): UsageRecord | string | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'string' ? value : recordOfLine(value);
  } catch {
    return null;
  }
}
