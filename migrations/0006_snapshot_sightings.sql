-- Snapshots are sighted too. Neither engine widens a check in place on both, so the table is made anew.
CREATE TABLE sightings_wider (
  provider TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('server', 'volume', 'ip', 'security_group', 'snapshot')),
  provider_id TEXT NOT NULL,
  zone TEXT NOT NULL,
  name TEXT,
  provider_type TEXT,
  first_seen_at_ms BIGINT NOT NULL,
  last_seen_at_ms BIGINT NOT NULL,
  condemned BIGINT NOT NULL CHECK (condemned IN (0, 1)),
  delete_attempts BIGINT NOT NULL CHECK (delete_attempts >= 0),
  next_attempt_at_ms BIGINT,
  last_error TEXT,
  PRIMARY KEY (provider, kind, provider_id)
);
INSERT INTO sightings_wider (provider, kind, provider_id, zone, name, provider_type, first_seen_at_ms, last_seen_at_ms,
  condemned, delete_attempts, next_attempt_at_ms, last_error)
SELECT provider, kind, provider_id, zone, name, provider_type, first_seen_at_ms, last_seen_at_ms,
  condemned, delete_attempts, next_attempt_at_ms, last_error
FROM sightings;
DROP TABLE sightings;
ALTER TABLE sightings_wider RENAME TO sightings;
