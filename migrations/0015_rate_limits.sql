-- How much an organization, a key, a model, or a key with a model may ask for. One row for each of them.
CREATE TABLE rate_limits (
  id TEXT PRIMARY KEY,
  organization_id TEXT NOT NULL REFERENCES organizations (id),
  key_id TEXT REFERENCES api_keys (id),
  model_hf_id TEXT,
  requests_per_minute BIGINT CHECK (requests_per_minute >= 1),
  tokens_per_minute BIGINT CHECK (tokens_per_minute >= 1),
  concurrency BIGINT CHECK (concurrency >= 1),
  updated_at_ms BIGINT NOT NULL,
  CHECK (requests_per_minute IS NOT NULL OR tokens_per_minute IS NOT NULL OR concurrency IS NOT NULL)
);
-- Nulls are not equal to each other: two rows for a whole organization would be let in by the bare columns.
CREATE UNIQUE INDEX rate_limits_owner ON rate_limits (organization_id, COALESCE(key_id, ''), COALESCE(model_hf_id, ''));
