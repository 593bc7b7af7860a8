-- What health checks remember of an instance between two looks. `revision` lets one of several processes write.
CREATE TABLE instance_health (
  instance_id TEXT PRIMARY KEY REFERENCES instances (id),
  memory TEXT NOT NULL,
  revision BIGINT NOT NULL,
  updated_at_ms BIGINT NOT NULL
);

-- Since when, and why, an instance is left alone by health checks and recovery.
ALTER TABLE instances ADD COLUMN breaker_opened_at_ms BIGINT;
ALTER TABLE instances ADD COLUMN breaker_reason TEXT;
