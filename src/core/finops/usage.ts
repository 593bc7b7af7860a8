import type {EpochMs} from '../time.ts';

/** completed: the engine finished; cancelled: the client left; failed: an error answer or a broken upstream; refused: never sent to an engine. */
export type UsageOutcome = 'completed' | 'cancelled' | 'failed' | 'refused';

/** One proxied request: who asked, who served, how many tokens. The id is the request id. */
export interface UsageRecord {
  readonly requestId: string;
  readonly organizationId: string;
  readonly keyId: string;
  readonly userId: string;
  readonly modelHfId: string;
  readonly instanceId: string | null;
  readonly endpoint: string;
  readonly streamed: boolean;
  readonly outcome: UsageOutcome;
  readonly httpStatus: number;
  readonly promptTokens: number;
  readonly cachedPromptTokens: number;
  readonly completionTokens: number;
  /** Part of the completion tokens. */
  readonly reasoningTokens: number;
  /** Length of the audio that was heard; 0 where none was. */
  readonly audioMs: number;
  /** Workers that were asked; only the last one's work is on this line. */
  readonly attempts: number;
  /** True when the engine did not report and the counts are ours. */
  readonly estimated: boolean;
  readonly startedAtMs: EpochMs;
  readonly finishedAtMs: EpochMs;
  readonly firstTokenMs: number | null;
  /** The version of the model's price that was in force when the request came; null where it cost nothing. */
  readonly priceId: string | null;
  readonly amountNanos: number;
}

/** What the ledger names as the key of chats from the command line, which need none. */
export const localChatKeyId = 'local-chat';

export interface UsageFilter {
  readonly fromMs?: EpochMs;
  readonly untilMs?: EpochMs;
  readonly keyId?: string;
  readonly instanceId?: string;
  readonly modelHfId?: string;
  readonly userId?: string;
}

export interface UsageTotals {
  readonly requests: number;
  readonly promptTokens: number;
  readonly cachedPromptTokens: number;
  readonly completionTokens: number;
  readonly reasoningTokens: number;
  readonly audioMs: number;
  /** Requests whose tokens are not all told by the engine. */
  readonly estimated: number;
  readonly cancelled: number;
  readonly failed: number;
  /** Corrections included: they count on the day they were made. */
  readonly amountNanos: number;
}

export const usageGroups = ['key', 'organization', 'model', 'instance', 'user'] as const;

export type UsageGroup = (typeof usageGroups)[number];

/** A counter-entry to one line of the ledger, which itself is never changed. Booked on the day it is made. */
export interface UsageCorrection {
  readonly id: string;
  readonly requestId: string;
  /** Added to what the line says: below zero gives back. */
  readonly amountNanos: number;
  readonly reason: string;
  readonly correctedBy: string;
  readonly correctedAtMs: EpochMs;
}

/** What one key of one user spent on one model in one day (UTC). */
export interface DaySpend {
  readonly organizationId: string;
  readonly keyId: string;
  readonly userId: string;
  readonly modelHfId: string;
  readonly dayStartMs: EpochMs;
  readonly amountNanos: number;
}
