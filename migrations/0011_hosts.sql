-- Machines that people have. They are logged in to, never made or deleted. A removed one keeps its row; its name is free again.
CREATE TABLE hosts (
  id TEXT PRIMARY KEY,
  organization_id TEXT NOT NULL REFERENCES organizations (id),
  name TEXT NOT NULL,
  ssh_user TEXT NOT NULL,
  ssh_host TEXT NOT NULL,
  ssh_port BIGINT NOT NULL CHECK (ssh_port BETWEEN 1 AND 65535),
  openai_port BIGINT NOT NULL CHECK (openai_port BETWEEN 1 AND 65535),
  agent_port BIGINT NOT NULL CHECK (agent_port BETWEEN 1 AND 65535 AND agent_port <> openai_port),
  -- What was found on it at the last look: JSON, see src/core/host/host.ts.
  facts TEXT NOT NULL,
  created_at_ms BIGINT NOT NULL,
  checked_at_ms BIGINT NOT NULL,
  removed_at_ms BIGINT
);
CREATE UNIQUE INDEX hosts_live_name ON hosts (organization_id, name) WHERE removed_at_ms IS NULL;
CREATE UNIQUE INDEX hosts_live_address ON hosts (organization_id, ssh_host, ssh_port) WHERE removed_at_ms IS NULL;

-- The "servers" of the host provider: who has which host. At most one at a time.
CREATE TABLE host_claims (
  id TEXT PRIMARY KEY,
  host_id TEXT NOT NULL REFERENCES hosts (id),
  -- Name of the server resource, unique by the instance's id in it.
  name TEXT NOT NULL,
  tags TEXT NOT NULL,
  security_group TEXT NOT NULL,
  claimed_at_ms BIGINT NOT NULL,
  powered_on_at_ms BIGINT,
  released_at_ms BIGINT
);
CREATE UNIQUE INDEX host_claims_live ON host_claims (host_id) WHERE released_at_ms IS NULL;
CREATE UNIQUE INDEX host_claims_live_name ON host_claims (name) WHERE released_at_ms IS NULL;
