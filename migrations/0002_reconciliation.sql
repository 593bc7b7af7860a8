-- Things at a provider that carry our mark and have no row, from the first pass that saw them until they are gone. A
-- condemned one is being deleted: it is looked for by its id even when nothing at the provider says any more that it is ours.
CREATE TABLE sightings (
  provider TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('server', 'volume', 'ip', 'security_group')),
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

CREATE INDEX resources_by_provider_id ON resources (provider, provider_id) WHERE provider_id IS NOT NULL;
