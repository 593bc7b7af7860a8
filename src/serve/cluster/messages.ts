import type {ProxyLimits} from '../proxy/limits.ts';
import type {SnapshotRows} from '../snapshot/snapshot-rows.ts';

/** What the primary tells a data-plane process when it starts it. */
export interface DataPlaneStart {
  readonly host: string;
  readonly port: number;
  readonly version: string;
  readonly stateDir: string | null;
  /** How long streams may go on after `drain`, or after the primary is gone. */
  readonly drainTimeoutMs: number;
  readonly limits: Partial<ProxyLimits>;
  readonly accessLog: boolean;
  readonly corsOrigins: readonly string[];
  /** Where the primary answers what is not proxied: events, agents. */
  readonly controlSocket: string;
  readonly rows: SnapshotRows;
}

/** Calls that a data-plane process makes of the primary. */
export const toPrimary = {
  /** `UsageRecord[]`: answered when they are in the store. */
  usage: 'usage',
  /** `{keyId, atMs}[]` */
  keysUsed: 'keysUsed',
  /** Answers whether something changed; the new rows were sent before the answer. */
  refresh: 'refresh',
  /** `AdmissionRequest[]`: an `Answer` to each, in order. */
  admit: 'admit',
  /** `GrantEnd[]` */
  grantsEnded: 'grantsEnded',
  log: 'log',
} as const;

/** Calls that the primary makes of a data-plane process. */
export const toDataPlane = {
  /** `DataPlaneStart`: answers with the address that is listened on. */
  start: 'start',
  rows: 'rows',
  /** Drains, hands all usage over, then answers. */
  drain: 'drain',
  metrics: 'metrics',
  recentRequests: 'recentRequests',
  /** `EndedQuery`: answers with an `EndedPage`. */
  endedRequests: 'endedRequests',
  findRequest: 'findRequest',
} as const;
