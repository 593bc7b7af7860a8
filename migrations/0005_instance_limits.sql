-- After which an instance ends by itself, and when it last had requests; JSON, null when there is none.
ALTER TABLE instances ADD COLUMN limits TEXT;
ALTER TABLE instances ADD COLUMN activity TEXT;
CREATE INDEX instances_limited ON instances (id) WHERE limits IS NOT NULL AND state NOT IN ('terminated', 'archived');

-- When background work last showed that somebody does it.
CREATE TABLE loop_beats (
  name TEXT PRIMARY KEY,
  at_ms BIGINT NOT NULL
);
