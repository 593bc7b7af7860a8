-- Troubles that people are told about. One that lasts is one row: open until resolved_at_ms.
CREATE TABLE alerts (
  id TEXT PRIMARY KEY,
  organization_id TEXT NOT NULL REFERENCES organizations (id),
  kind TEXT NOT NULL,
  severity TEXT NOT NULL CHECK (severity IN ('warning', 'critical')),
  subject_id TEXT NOT NULL,
  subject_name TEXT NOT NULL,
  message TEXT NOT NULL,
  hint TEXT,
  details TEXT NOT NULL,
  raised_at_ms BIGINT NOT NULL,
  last_raised_at_ms BIGINT NOT NULL,
  occurrences BIGINT NOT NULL CHECK (occurrences >= 1),
  acknowledged_at_ms BIGINT,
  acknowledged_by TEXT,
  resolved_at_ms BIGINT,
  resolution TEXT,
  CHECK ((acknowledged_at_ms IS NULL) = (acknowledged_by IS NULL)),
  CHECK ((resolved_at_ms IS NULL) = (resolution IS NULL))
);
CREATE UNIQUE INDEX alerts_open ON alerts (organization_id, kind, subject_id) WHERE resolved_at_ms IS NULL;
CREATE INDEX alerts_by_organization ON alerts (organization_id, raised_at_ms);

-- What is to be told to the webhook, and how far that is. Ended when it was delivered or given up.
CREATE TABLE alert_deliveries (
  id TEXT PRIMARY KEY,
  alert_id TEXT NOT NULL REFERENCES alerts (id),
  news TEXT NOT NULL CHECK (news IN ('raised', 'resolved')),
  attempts BIGINT NOT NULL CHECK (attempts >= 0),
  created_at_ms BIGINT NOT NULL,
  next_attempt_at_ms BIGINT NOT NULL,
  ended_at_ms BIGINT,
  outcome TEXT CHECK (outcome IN ('delivered', 'given_up')),
  last_error TEXT,
  CHECK ((ended_at_ms IS NULL) = (outcome IS NULL))
);
CREATE INDEX alert_deliveries_due ON alert_deliveries (next_attempt_at_ms) WHERE ended_at_ms IS NULL;
