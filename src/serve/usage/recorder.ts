import {InventivError} from '../../core/errors.ts';
import type {UsageRecord} from '../../core/finops/usage.ts';
import type {EpochMs} from '../../core/time.ts';
import type {ApiKeyStore} from '../../ports/store.ts';
import type {UsageStore} from '../../ports/usage.ts';
import type {ServeLog} from '../log.ts';
import {messageOf} from '../log.ts';
import type {ServeMetrics} from '../metrics.ts';
import type {UsageJournal} from './journal.ts';

const flushIntervalMs = 200;
const lastUsedIntervalMs = 2000;
const batchMax = 500;
const queueMax = 100_000;

/** Records that share a journal segment, and leave memory and disk together. */
interface Batch {
  readonly records: readonly UsageRecord[];
  readonly segment: string | null;
}

/**
 * Takes usage records from the hot path and writes them to the store in batches: one writer, in order, bounded. What
 * the store refuses is kept and tried again at the next flush.
 */
export class UsageRecorder {
  private readonly deps: RecorderDeps;
  private readonly lastUsed = new Map<string, EpochMs>();
  private readonly waiting: Batch[] = [];
  private current: UsageRecord[] = [];
  /** The open segment holds records that are in no batch; it stays for the next start. */
  private spilled = false;
  private queued = 0;
  private lastUsedFlushedAtMs = Number.NEGATIVE_INFINITY;
  private flushing: Promise<void> | null = null;
  private timer: NodeJS.Timeout | null = null;
  private failing = false;
  private journalFailing = false;

  constructor(deps: RecorderDeps) {
    this.deps = deps;
  }

  get queuedRecords(): number {
    return this.queued;
  }

  /** Never throws: a full disk or queue must not fail an answered request. */
  record(record: UsageRecord): void {
    const journaled = this.writeJournal(record);
    if (this.queued >= queueMax) {
      // What the journal has is only late: once is enough. What it has not is lost.
      if (!this.spilled || !journaled)
        this.deps.log.error('usage_queue_full', {requestId: record.requestId, journaled});
      this.spilled = true;
      return;
    }

    this.current.push(record);
    this.queued++;
  }

  /** `ifCrashed`: what is to be recorded should this process not live to record the end. */
  begun(ifCrashed: UsageRecord): void {
    this.deps.journal?.requests.begun(ifCrashed);
  }

  keyUsed(keyId: string, atMs: EpochMs): void {
    this.lastUsed.set(keyId, atMs);
  }

  /** Flushes on an interval until `close`. */
  start(): void {
    this.schedule();
  }

  /**
   * Takes over what crashed processes left, and tells of it before anything is waited for. One process of a server does:
   * two would only do it twice.
   */
  async adoptOrphans(heed: (records: readonly UsageRecord[]) => void = () => {}): Promise<void> {
    const fresh = this.timer === null;
    for (const {path, records} of this.deps.journal?.orphans({fresh}) ?? []) {
      if (this.waiting.some(({segment}) => segment === path)) continue;
      this.waiting.push({records, segment: path});
      this.queued += records.length;
      heed(records);
    }

    await this.flushNow();
  }

  async close(): Promise<void> {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.lastUsedFlushedAtMs = Number.NEGATIVE_INFINITY;
    await this.flushNow();
    // What neither journal nor store took is open still, and is settled as such by the next start.
    if (!this.failing) this.deps.journal?.requests.close();
  }

  private async flushNow(): Promise<void> {
    await this.flushing;
    await this.flush();
  }

  private schedule(): void {
    this.timer = setTimeout(() => {
      this.flushing = this.flush().finally(() => {
        this.flushing = null;
        if (this.timer !== null) this.schedule();
      });
    }, flushIntervalMs);
  }

  private async flush(): Promise<void> {
    try {
      this.cut();
      for (let batch = this.waiting[0]; batch !== undefined; batch = this.waiting[0]) {
        await this.write(batch);
        this.waiting.shift();
        this.queued -= batch.records.length;
        this.deps.journal?.settled(batch.records);
        if (batch.segment !== null) this.deps.journal?.remove(batch.segment);
      }

      await this.flushLastUsed();
      if (this.failing) this.deps.log.info('usage_flush_recovered', {queued: this.queued});
      this.failing = false;
    } catch (error) {
      this.deps.metrics.usageFlushed('failed');
      if (!this.failing) this.deps.log.error('usage_flush_failed', {reason: messageOf(error), queued: this.queued});
      this.failing = true;
    }
  }

  private cut(): void {
    if (this.current.length === 0) return;
    const segment = this.deps.journal?.cut() ?? null;
    this.waiting.push({records: this.current, segment: this.spilled ? null : segment});
    this.current = [];
    this.spilled = false;
  }

  private async write(batch: Batch): Promise<void> {
    for (let at = 0; at < batch.records.length; at += batchMax)
      await this.append(batch.records.slice(at, at + batchMax));
  }

  /** One record that the store will never take must not hold up the others: it is found by halving, and set aside. */
  private async append(records: readonly UsageRecord[]): Promise<void> {
    try {
      await this.deps.usage.appendBatch(records);
      this.deps.metrics.usageFlushed('ok');
    } catch (error) {
      if (!(error instanceof InventivError) || error.code !== 'invalid_input') throw error;
      const [only] = records;
      if (records.length === 1 && only !== undefined) {
        this.deps.journal?.setAside(only);
        this.deps.metrics.usageFlushed('refused');
        this.deps.log.error('usage_record_refused', {requestId: only.requestId, reason: messageOf(error.cause)});
        return;
      }

      const half = Math.ceil(records.length / 2);
      await this.append(records.slice(0, half));
      await this.append(records.slice(half));
    }
  }

  private async flushLastUsed(): Promise<void> {
    const nowMs = performance.now();
    if (this.lastUsed.size === 0 || nowMs - this.lastUsedFlushedAtMs < lastUsedIntervalMs) return;
    const uses = Array.from(this.lastUsed, ([keyId, atMs]) => ({keyId, atMs}));
    this.lastUsed.clear();
    this.lastUsedFlushedAtMs = nowMs;
    await this.deps.keys.recordLastUsed(uses);
  }

  private writeJournal(record: UsageRecord): boolean {
    const {journal, log, metrics} = this.deps;
    if (journal === null) return false;
    try {
      journal.append(record);
      if (this.journalFailing) log.info('usage_journal_recovered');
      this.journalFailing = false;
      return true;
    } catch (error) {
      metrics.journalFailed();
      if (!this.journalFailing) log.error('usage_journal_failed', {reason: messageOf(error)});
      this.journalFailing = true;
      return false;
    }
  }
}

export interface RecorderDeps {
  readonly usage: Pick<UsageStore, 'appendBatch'>;
  readonly keys: Pick<ApiKeyStore, 'recordLastUsed'>;
  /** Null keeps records in memory only. */
  readonly journal: UsageJournal | null;
  readonly metrics: ServeMetrics;
  readonly log: ServeLog;
}
