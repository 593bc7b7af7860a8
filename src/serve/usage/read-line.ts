import type {UsageRecord} from '../../core/finops/usage.ts';

/** A record as a line of the journal has it, written by this version or an earlier one; null where it is none. */
export function recordOfLine(value: unknown): UsageRecord | null {
  const isRecord = typeof value === 'object' && value !== null && 'requestId' in value;
  return isRecord && typeof value.requestId === 'string' ? {...addedLater, ...(value as UsageRecord)} : null;
}

/** What lines of earlier versions do not say. */
const addedLater = {reasoningTokens: 0, audioMs: 0, attempts: 1, priceId: null};
