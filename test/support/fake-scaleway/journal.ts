import type {Json} from './json.ts';

/** One call as it was received and answered. Tokens are never kept. */
export interface JournalEntry {
  seq: number;
  atMs: number;
  method: string;
  path: string;
  query: Record<string, string>;
  body: Json;
  status: number | null;
  /** Kind of the fault that answered instead of, or after, the API. */
  fault: string | null;
  userAgent: string | null;
}

const MAX_ENTRIES = 50_000;

/** Every API call in the order it arrived; control calls are not in it. The oldest are dropped past 50,000. */
export class Journal {
  #entries: JournalEntry[] = [];
  #nextSeq = 1;

  add(entry: Omit<JournalEntry, 'seq'>): JournalEntry {
    const kept = {seq: this.#nextSeq++, ...entry};
    this.#entries.push(kept);
    if (this.#entries.length > MAX_ENTRIES) this.#entries.shift();
    return kept;
  }

  entries(): JournalEntry[] {
    return [...this.#entries];
  }

  clear(): void {
    this.#entries = [];
  }
}
