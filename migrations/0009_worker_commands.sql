-- What an agent is told in the replies to its heartbeats, until it has answered. `sealed` holds a token on its way to the
-- agent, and is emptied with the answer.
CREATE TABLE worker_commands (
  id TEXT PRIMARY KEY,
  organization_id TEXT NOT NULL REFERENCES organizations (id),
  instance_id TEXT NOT NULL REFERENCES instances (id),
  type TEXT NOT NULL CHECK (type IN ('drain', 'rotate_token', 'collect_logs')),
  tail BIGINT,
  sealed TEXT,
  requested_by TEXT NOT NULL,
  created_at_ms BIGINT NOT NULL,
  delivered_at_ms BIGINT,
  deliveries BIGINT NOT NULL CHECK (deliveries >= 0),
  finished_at_ms BIGINT,
  ok BIGINT CHECK (ok IN (0, 1)),
  message TEXT,
  result TEXT,
  CHECK ((finished_at_ms IS NULL) = (ok IS NULL))
);
CREATE INDEX worker_commands_open ON worker_commands (instance_id, created_at_ms) WHERE finished_at_ms IS NULL;
CREATE INDEX worker_commands_by_instance ON worker_commands (instance_id, id);

-- During a rotation both tokens are good; the first heartbeat with the next one ends the other.
ALTER TABLE worker_tokens ADD COLUMN next_hash TEXT;
CREATE UNIQUE INDEX worker_tokens_next ON worker_tokens (next_hash) WHERE next_hash IS NOT NULL;
