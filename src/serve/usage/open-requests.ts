import {closeSync, openSync, readFileSync, rmSync, writeSync} from 'node:fs';
import {join} from 'node:path';
import type {UsageRecord} from '../../core/finops/usage.ts';
import {recordOfLine} from './read-line.ts';

const rotateBytes = 1024 * 1024;

/**
 * The requests that this process has not finished, on disk: what is left in it after a crash is settled as it stands. Lines
 * are records (begun) and ids (over); a request is on disk before it goes to a worker.
 */
export class OpenRequests {
  private readonly directory: string;
  private readonly open = new Map<string, string>();
  private file: {path: string; fd: number} | null = null;
  private sequence = 0;
  private bytes = 0;
  private lines = '';

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
    this.discard();
  }

  private write(line: string): void {
    // Before the request goes out, which is a later tick of the same turn.
    if (this.lines === '') process.nextTick(() => this.flush());
    this.lines += `${line}\n`;
  }

  private flush(): void {
    if (this.lines === '') return;
    try {
      if (this.bytes > rotateBytes) this.rotate();
      this.append(this.lines);
    } catch {
      // A full disk: the journal of usage says so at the first record, and nothing here is worth failing a request.
    }

    this.lines = '';
  }

  private rotate(): void {
    const old = this.file;
    this.file = null;
    this.append(Array.from(this.open.values(), line => `${line}\n`).join(''));
    if (old === null) return;
    closeSync(old.fd);
    rmSync(old.path, {force: true});
  }

  private append(lines: string): void {
    if (this.file === null) {
      const path = join(this.directory, `${process.pid}-open-${this.sequence++}.jsonl`);
      this.file = {path, fd: openSync(path, 'w', 0o600)};
      this.bytes = 0;
    }

    this.bytes += writeSync(this.file.fd, lines);
  }

  private discard(): void {
    if (this.file === null) return;
    closeSync(this.file.fd);
    rmSync(this.file.path, {force: true});
    this.file = null;
  }
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
