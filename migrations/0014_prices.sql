-- What models cost, version by version: rows are added, never changed. Rates are nano-euros per million tokens and per hour
-- of audio. Null input: from then on the model costs nothing. Null cached or reasoning rate: as the input or the output.
CREATE TABLE token_prices (
  id TEXT PRIMARY KEY,
  organization_id TEXT NOT NULL REFERENCES organizations (id),
  model_hf_id TEXT NOT NULL,
  version BIGINT NOT NULL CHECK (version >= 1),
  valid_from_ms BIGINT NOT NULL,
  input_nanos BIGINT CHECK (input_nanos >= 0),
  cached_input_nanos BIGINT CHECK (cached_input_nanos >= 0),
  output_nanos BIGINT CHECK (output_nanos >= 0),
  reasoning_nanos BIGINT CHECK (reasoning_nanos >= 0),
  audio_hour_nanos BIGINT CHECK (audio_hour_nanos >= 0),
  request_nanos BIGINT CHECK (request_nanos >= 0),
  set_by TEXT NOT NULL,
  set_at_ms BIGINT NOT NULL,
  UNIQUE (organization_id, model_hf_id, version)
);

-- The version that a line was charged by; null on lines that cost nothing.
ALTER TABLE usage_ledger ADD COLUMN price_id TEXT;

-- Counter-entries: what a line said stays as it was said. The line's own columns are repeated, so that sums need no join.
CREATE TABLE usage_corrections (
  id TEXT PRIMARY KEY,
  request_id TEXT NOT NULL REFERENCES usage_ledger (request_id),
  organization_id TEXT NOT NULL REFERENCES organizations (id),
  key_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  model_hf_id TEXT NOT NULL,
  instance_id TEXT,
  amount_nanos BIGINT NOT NULL CHECK (amount_nanos <> 0),
  reason TEXT NOT NULL,
  corrected_by TEXT NOT NULL,
  corrected_at_ms BIGINT NOT NULL
);
CREATE INDEX usage_corrections_by_request ON usage_corrections (request_id);
CREATE INDEX usage_corrections_by_time ON usage_corrections (organization_id, corrected_at_ms);

-- Everything that sums are made of: lines as they are, corrections as lines without a request, on the day they were made.
CREATE VIEW usage_entries AS
SELECT organization_id, key_id, user_id, model_hf_id, instance_id, started_at_ms, 1 AS requests, prompt_tokens,
  cached_prompt_tokens, completion_tokens, reasoning_tokens, audio_ms, estimated, outcome, amount_nanos
FROM usage_ledger
UNION ALL
SELECT organization_id, key_id, user_id, model_hf_id, instance_id, corrected_at_ms, 0, 0, 0, 0, 0, 0, 0, 'correction', amount_nanos
FROM usage_corrections;
