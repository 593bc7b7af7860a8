-- What a request used besides prompt and completion, and how many workers were asked for it.
ALTER TABLE usage_ledger ADD COLUMN reasoning_tokens BIGINT NOT NULL DEFAULT 0 CHECK (reasoning_tokens >= 0);
ALTER TABLE usage_ledger ADD COLUMN audio_ms BIGINT NOT NULL DEFAULT 0 CHECK (audio_ms >= 0);
ALTER TABLE usage_ledger ADD COLUMN attempts BIGINT NOT NULL DEFAULT 1 CHECK (attempts >= 0);
