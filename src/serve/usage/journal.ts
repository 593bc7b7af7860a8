import {appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import type {UsageRecord} from '../../core/finops/usage.ts';
import {LineFile} from './line-file.ts';
import {OpenRequests, readOpenRequests} from './open-requests.ts';
import {recordOfLine} from './read-line.ts';

/** The journal below this state directory; null keeps nothing. */
export function openUsageJournal(stateDir: string | null): UsageJournal | null {
  return stateDir === null ? null : new UsageJournal(join(stateDir, 'usage-journal'));
}

/**
 * Crash journal of usage: one JSON line per finished request, in files of this process (`<pid>-<number>.jsonl`). A line
 * is handed to the kernel before the client sees the end of its answer, so kill -9 loses none; a power cut may lose the
 * last moment. A segment is deleted when its records are in the store, which ignores what it has already.
 */
export class UsageJournal {
  readonly requests: OpenRequests;
  private readonly directory: string;
  private sequence = 0;
  private open: LineFile | null = null;

  constructor(directory: string) {
    mkdirSync(directory, {recursive: true, mode: 0o700});
    this.directory = directory;
    this.requests = new OpenRequests(directory);
  }

  /** Throws when the disk does not take it: the request then counts as open until `settled`. */
  append(record: UsageRecord): void {
    this.open ??= this.nextSegment();
    this.open.append(`${JSON.stringify(record)}\n`);
    this.requests.over(record.requestId);
  }

  /** These are in the store. */
  settled(records: readonly UsageRecord[]): void {
    for (const {requestId} of records) this.requests.over(requestId);
  }

  /** Closes the segment in use and returns its path, or null when nothing was written since the last cut. */
  cut(): string | null {
    const segment = this.open;
    if (segment === null) return null;
    this.open = null;
    segment.close();
    return segment.path;
  }

  /** Keeps a record that the store refuses, in `refused.jsonl`, for a person to look at. */
  setAside(record: UsageRecord): void {
    appendFileSync(join(this.directory, 'refused.jsonl'), `${JSON.stringify(record)}\n`, {mode: 0o600});
  }

  remove(path: string): void {
    rmSync(path, {force: true});
  }

  /**
   * What processes that are no more left behind: segments of finished requests, then requests they never finished. Before
   * this process wrote anything (`fresh`), files under its own id are from a former life.
   */
  orphans({fresh}: {fresh: boolean}): readonly {path: string; records: readonly UsageRecord[]}[] {
    const names = readdirSync(this.directory).filter(name => /^\d+-/.test(name) && !isOwned(name, fresh));
    const read = (pattern: RegExp, records: (path: string) => readonly UsageRecord[]) =>
      names
        .filter(name => pattern.test(name))
        .map(name => join(this.directory, name))
        .map(path => ({path, records: records(path)}));
    return [...read(/^\d+-\d+\.jsonl$/, readSegment), ...read(/^\d+-open-\d+\.jsonl$/, readOpenRequests)];
  }

  private nextSegment(): LineFile {
    for (;;) {
      const path = join(this.directory, `${process.pid}-${this.sequence++}.jsonl`);
      try {
        return new LineFile(path, 'ax');
      } catch (error) {
        // Left by an earlier process of this id that could not be replayed yet.
        if (!isExisting(error)) throw error;
      }
    }
  }
}

/** A line cut off by a crash or a full disk is skipped; it was never acknowledged. */
function readSegment(path: string): UsageRecord[] {
  const records: UsageRecord[] = [];
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const record = parseLine(line);
    if (record !== null) records.push(record);
  }

  return records;
}

function parseLine(line: string): UsageRecord | null {
  try {
    return recordOfLine(JSON.parse(line));
  } catch {
    return null;
  }
}

function isOwned(name: string, fresh: boolean): boolean {
  const pid = Number(name.split('-')[0]);
  if (pid === process.pid) return !fresh;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function isExisting(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST';
}
