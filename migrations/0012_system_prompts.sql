-- What is said before conversations, per model, organization and key. A row is a version and is never changed; the highest
-- one counts. A null text means that there is no prompt from this version on.
CREATE TABLE system_prompts (
  organization_id TEXT NOT NULL REFERENCES organizations (id),
  level TEXT NOT NULL CHECK (level IN ('model', 'organization', 'key')),
  subject TEXT NOT NULL,
  version BIGINT NOT NULL CHECK (version >= 1),
  text TEXT,
  created_at_ms BIGINT NOT NULL,
  created_by TEXT NOT NULL,
  PRIMARY KEY (organization_id, level, subject, version)
);
