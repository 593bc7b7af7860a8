-- What may be spent in each day or month (UTC). One row for each subject and period; a null member leaves it open.
CREATE TABLE budgets (
  id TEXT PRIMARY KEY,
  organization_id TEXT NOT NULL REFERENCES organizations (id),
  key_id TEXT REFERENCES api_keys (id),
  user_id TEXT REFERENCES users (id),
  model_hf_id TEXT,
  period TEXT NOT NULL CHECK (period IN ('day', 'month')),
  soft_nanos BIGINT CHECK (soft_nanos > 0),
  hard_nanos BIGINT CHECK (hard_nanos > 0),
  set_by TEXT NOT NULL,
  set_at_ms BIGINT NOT NULL,
  CHECK (soft_nanos IS NOT NULL OR hard_nanos IS NOT NULL)
);
-- Nulls are not equal to each other: two rows for a whole organization would be let in by the bare columns.
CREATE UNIQUE INDEX budgets_subject
  ON budgets (organization_id, COALESCE(key_id, ''), COALESCE(user_id, ''), COALESCE(model_hf_id, ''), period);
