import type {UsageCorrection, UsageOutcome, UsageRecord} from '../../core/finops/usage.ts';
import type {UsageCorrectionRow, UsageRow} from './tables.ts';

export function usageToRow(record: UsageRecord): UsageRow {
  return {
    request_id: record.requestId,
    organization_id: record.organizationId,
    key_id: record.keyId,
    user_id: record.userId,
    model_hf_id: record.modelHfId,
    instance_id: record.instanceId,
    endpoint: record.endpoint,
    streamed: record.streamed ? 1 : 0,
    outcome: record.outcome,
    http_status: record.httpStatus,
    prompt_tokens: record.promptTokens,
    cached_prompt_tokens: record.cachedPromptTokens,
    completion_tokens: record.completionTokens,
    estimated: record.estimated ? 1 : 0,
    started_at_ms: record.startedAtMs,
    finished_at_ms: record.finishedAtMs,
    first_token_ms: record.firstTokenMs,
    price_id: record.priceId,
    amount_nanos: record.amountNanos,
    reasoning_tokens: record.reasoningTokens,
    audio_ms: record.audioMs,
    attempts: record.attempts,
  };
}

export function usageFromRow(row: UsageRow): UsageRecord {
  return {
    requestId: row.request_id,
    organizationId: row.organization_id,
    keyId: row.key_id,
    userId: row.user_id,
    modelHfId: row.model_hf_id,
    instanceId: row.instance_id,
    endpoint: row.endpoint,
    streamed: row.streamed === 1,
    outcome: row.outcome as UsageOutcome,
    httpStatus: row.http_status,
    promptTokens: row.prompt_tokens,
    cachedPromptTokens: row.cached_prompt_tokens,
    completionTokens: row.completion_tokens,
    estimated: row.estimated === 1,
    startedAtMs: row.started_at_ms,
    finishedAtMs: row.finished_at_ms,
    firstTokenMs: row.first_token_ms,
    priceId: row.price_id,
    amountNanos: row.amount_nanos,
    reasoningTokens: row.reasoning_tokens,
    audioMs: row.audio_ms,
    attempts: row.attempts,
  };
}

export function correctionFromRow(row: UsageCorrectionRow): UsageCorrection {
  return {
    id: row.id,
    requestId: row.request_id,
    amountNanos: row.amount_nanos,
    reason: row.reason,
    correctedBy: row.corrected_by,
    correctedAtMs: row.corrected_at_ms,
  };
}
