-- The whole domain. Plain SQL that SQLite and PostgreSQL both accept; {{identity}} is the one placeholder: a rising
-- integer key. Times are epoch milliseconds (*_at_ms), money is nano-EUR (*_nanos), flags are 0 or 1, JSON is text.

-- Tenancy ---------------------------------------------------------------------------------------------------------

CREATE TABLE organizations (
  id TEXT PRIMARY KEY,
  slug TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  created_at_ms BIGINT NOT NULL
);

CREATE TABLE users (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  email TEXT UNIQUE,
  password_hash TEXT,
  created_at_ms BIGINT NOT NULL,
  disabled_at_ms BIGINT
);

CREATE TABLE memberships (
  organization_id TEXT NOT NULL REFERENCES organizations (id),
  user_id TEXT NOT NULL REFERENCES users (id),
  role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'manager', 'user')),
  created_at_ms BIGINT NOT NULL,
  PRIMARY KEY (organization_id, user_id)
);
CREATE INDEX memberships_by_user ON memberships (user_id);

CREATE TABLE sessions (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id),
  organization_id TEXT REFERENCES organizations (id),
  token_hash TEXT NOT NULL UNIQUE,
  user_agent TEXT,
  created_at_ms BIGINT NOT NULL,
  last_seen_at_ms BIGINT,
  expires_at_ms BIGINT NOT NULL,
  revoked_at_ms BIGINT
);
CREATE INDEX sessions_by_user ON sessions (user_id);

CREATE TABLE invitations (
  id TEXT PRIMARY KEY,
  organization_id TEXT NOT NULL REFERENCES organizations (id),
  email TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'manager', 'user')),
  token_hash TEXT NOT NULL UNIQUE,
  invited_by_user_id TEXT NOT NULL REFERENCES users (id),
  created_at_ms BIGINT NOT NULL,
  expires_at_ms BIGINT NOT NULL,
  accepted_at_ms BIGINT,
  revoked_at_ms BIGINT
);
CREATE UNIQUE INDEX invitations_open ON invitations (organization_id, email)
  WHERE accepted_at_ms IS NULL AND revoked_at_ms IS NULL;

CREATE TABLE api_keys (
  id TEXT PRIMARY KEY,
  organization_id TEXT NOT NULL REFERENCES organizations (id),
  user_id TEXT NOT NULL REFERENCES users (id),
  name TEXT NOT NULL,
  prefix TEXT NOT NULL,
  hash TEXT NOT NULL UNIQUE,
  previous_hash TEXT UNIQUE,
  previous_valid_until_ms BIGINT,
  scopes TEXT NOT NULL,
  models TEXT,
  created_at_ms BIGINT NOT NULL,
  expires_at_ms BIGINT,
  revoked_at_ms BIGINT,
  last_used_at_ms BIGINT,
  CHECK ((previous_hash IS NULL) = (previous_valid_until_ms IS NULL))
);
CREATE UNIQUE INDEX api_keys_live_name ON api_keys (organization_id, name) WHERE revoked_at_ms IS NULL;

CREATE TABLE provider_credentials (
  id TEXT PRIMARY KEY,
  organization_id TEXT NOT NULL REFERENCES organizations (id),
  provider TEXT NOT NULL,
  name TEXT NOT NULL,
  sealed TEXT NOT NULL,
  created_at_ms BIGINT NOT NULL,
  checked_at_ms BIGINT,
  revoked_at_ms BIGINT
);
CREATE UNIQUE INDEX provider_credentials_live_name ON provider_credentials (organization_id, provider, name)
  WHERE revoked_at_ms IS NULL;

-- What providers sell ---------------------------------------------------------------------------------------------

CREATE TABLE catalog_syncs (
  provider TEXT PRIMARY KEY,
  synced_at_ms BIGINT NOT NULL
);

CREATE TABLE regions (
  provider TEXT NOT NULL REFERENCES catalog_syncs (provider),
  name TEXT NOT NULL,
  PRIMARY KEY (provider, name)
);

CREATE TABLE zones (
  provider TEXT NOT NULL,
  name TEXT NOT NULL,
  region TEXT NOT NULL,
  PRIMARY KEY (provider, name),
  FOREIGN KEY (provider, region) REFERENCES regions (provider, name)
);

CREATE TABLE instance_types (
  provider TEXT NOT NULL REFERENCES catalog_syncs (provider),
  name TEXT NOT NULL,
  position BIGINT NOT NULL,
  gpu_model TEXT NOT NULL,
  gpu_count BIGINT NOT NULL CHECK (gpu_count >= 0),
  vram_gib_per_gpu DOUBLE PRECISION NOT NULL,
  effective_vram_gib_per_gpu DOUBLE PRECISION NOT NULL,
  vcpus BIGINT NOT NULL,
  ram_gib DOUBLE PRECISION NOT NULL,
  scratch_bytes_max BIGINT NOT NULL,
  compute_capability DOUBLE PRECISION NOT NULL,
  nvlink BIGINT NOT NULL CHECK (nvlink IN (0, 1)),
  net_gbps DOUBLE PRECISION NOT NULL,
  price_per_hour_nanos BIGINT NOT NULL CHECK (price_per_hour_nanos >= 0),
  end_of_service BIGINT NOT NULL CHECK (end_of_service IN (0, 1)),
  local_volume_allowed BIGINT NOT NULL CHECK (local_volume_allowed IN (0, 1)),
  PRIMARY KEY (provider, name)
);

CREATE TABLE instance_type_zones (
  provider TEXT NOT NULL,
  type_name TEXT NOT NULL,
  zone TEXT NOT NULL,
  position BIGINT NOT NULL,
  PRIMARY KEY (provider, type_name, zone),
  FOREIGN KEY (provider, type_name) REFERENCES instance_types (provider, name),
  FOREIGN KEY (provider, zone) REFERENCES zones (provider, name)
);

CREATE TABLE availability (
  provider TEXT NOT NULL,
  type_name TEXT NOT NULL,
  zone TEXT NOT NULL,
  position BIGINT NOT NULL,
  stock TEXT NOT NULL CHECK (stock IN ('available', 'scarce', 'shortage', 'unknown')),
  PRIMARY KEY (provider, type_name, zone),
  FOREIGN KEY (provider, zone) REFERENCES zones (provider, name)
);

-- Price list over time: what an hour (or a GB-hour) cost, from when until when.
CREATE TABLE prices (
  provider TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('server', 'volume', 'ip')),
  item TEXT NOT NULL,
  per_hour_nanos BIGINT NOT NULL CHECK (per_hour_nanos >= 0),
  from_at_ms BIGINT NOT NULL,
  until_at_ms BIGINT,
  PRIMARY KEY (provider, kind, item, from_at_ms),
  CHECK (until_at_ms IS NULL OR until_at_ms > from_at_ms)
);
CREATE UNIQUE INDEX prices_current ON prices (provider, kind, item) WHERE until_at_ms IS NULL;

-- Models and deployments ------------------------------------------------------------------------------------------

-- A removed model stays as a row, so that seeding does not bring it back.
CREATE TABLE models (
  organization_id TEXT NOT NULL REFERENCES organizations (id),
  id TEXT NOT NULL,
  hf_id TEXT NOT NULL,
  active BIGINT NOT NULL CHECK (active IN (0, 1)),
  origin TEXT NOT NULL CHECK (origin IN ('seed', 'operator')),
  spec TEXT NOT NULL,
  created_at_ms BIGINT NOT NULL,
  updated_at_ms BIGINT NOT NULL,
  removed_at_ms BIGINT,
  PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX models_live_hf_id ON models (organization_id, hf_id) WHERE removed_at_ms IS NULL;

CREATE TABLE deployments (
  id TEXT PRIMARY KEY,
  organization_id TEXT NOT NULL REFERENCES organizations (id),
  name TEXT NOT NULL,
  model_hf_id TEXT NOT NULL,
  spec TEXT NOT NULL,
  replicas_min BIGINT NOT NULL CHECK (replicas_min >= 0),
  replicas_max BIGINT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('active', 'paused', 'removing', 'removed')),
  created_at_ms BIGINT NOT NULL,
  updated_at_ms BIGINT NOT NULL,
  removed_at_ms BIGINT,
  CHECK (replicas_max >= replicas_min)
);
CREATE UNIQUE INDEX deployments_live_name ON deployments (organization_id, name) WHERE state <> 'removed';

-- Instances -------------------------------------------------------------------------------------------------------

CREATE TABLE instances (
  id TEXT PRIMARY KEY,
  organization_id TEXT NOT NULL REFERENCES organizations (id),
  deployment_id TEXT REFERENCES deployments (id),
  name TEXT NOT NULL,
  provider TEXT NOT NULL CHECK (provider IN ('scaleway', 'mock', 'host')),
  zone TEXT NOT NULL,
  instance_type TEXT NOT NULL,
  gpu_count BIGINT NOT NULL CHECK (gpu_count >= 0),
  model_hf_id TEXT NOT NULL,
  spec TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('provisioning', 'booting', 'installing', 'starting', 'ready', 'worker_dead',
    'draining', 'terminating', 'terminated', 'archived', 'provisioning_failed', 'startup_failed')),
  state_reason TEXT,
  state_since_ms BIGINT NOT NULL,
  failure TEXT,
  endpoint TEXT,
  worker_key_sealed TEXT NOT NULL,
  agent_version TEXT,
  agent_sha256 TEXT,
  lease_owner TEXT,
  lease_renewed_at_ms BIGINT,
  lease_expires_at_ms BIGINT,
  price_per_hour_nanos BIGINT NOT NULL CHECK (price_per_hour_nanos >= 0),
  correlation_id TEXT NOT NULL,
  created_at_ms BIGINT NOT NULL,
  billed_from_ms BIGINT,
  billed_until_ms BIGINT,
  ready_at_ms BIGINT,
  terminated_at_ms BIGINT,
  archived_at_ms BIGINT,
  last_seen_at_ms BIGINT,
  consecutive_failures BIGINT NOT NULL CHECK (consecutive_failures >= 0),
  revision BIGINT NOT NULL,
  CHECK ((lease_owner IS NULL) = (lease_expires_at_ms IS NULL)),
  CHECK ((lease_owner IS NULL) = (lease_renewed_at_ms IS NULL))
);
CREATE UNIQUE INDEX instances_live_name ON instances (organization_id, name)
  WHERE state NOT IN ('terminated', 'archived');
CREATE INDEX instances_by_state ON instances (state, state_since_ms);
CREATE INDEX instances_by_organization ON instances (organization_id, created_at_ms);
CREATE INDEX instances_by_ready ON instances (provider, ready_at_ms) WHERE ready_at_ms IS NOT NULL;

CREATE TABLE instance_state_history (
  id {{identity}},
  organization_id TEXT NOT NULL REFERENCES organizations (id),
  instance_id TEXT NOT NULL REFERENCES instances (id),
  from_state TEXT,
  to_state TEXT NOT NULL,
  reason TEXT NOT NULL,
  at_ms BIGINT NOT NULL,
  correlation_id TEXT NOT NULL
);
CREATE INDEX instance_state_history_by_instance ON instance_state_history (instance_id, id);

CREATE TABLE actions (
  position {{identity}},
  id TEXT NOT NULL UNIQUE,
  organization_id TEXT NOT NULL REFERENCES organizations (id),
  instance_id TEXT NOT NULL REFERENCES instances (id),
  type TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('in_progress', 'success', 'failed')),
  attempts BIGINT NOT NULL CHECK (attempts >= 1),
  started_at_ms BIGINT NOT NULL,
  finished_at_ms BIGINT,
  error_code TEXT,
  error_message TEXT,
  correlation_id TEXT NOT NULL,
  metadata TEXT NOT NULL,
  CHECK ((status = 'in_progress') = (finished_at_ms IS NULL)),
  CHECK ((status = 'failed') = (error_code IS NOT NULL))
);
CREATE UNIQUE INDEX actions_in_progress ON actions (instance_id, type) WHERE status = 'in_progress';
CREATE INDEX actions_by_instance ON actions (instance_id, position);

-- Servers, volumes, addresses, security groups at a provider. Rows are never erased.
CREATE TABLE resources (
  id TEXT PRIMARY KEY,
  organization_id TEXT NOT NULL REFERENCES organizations (id),
  instance_id TEXT NOT NULL REFERENCES instances (id),
  kind TEXT NOT NULL CHECK (kind IN ('server', 'volume', 'ip', 'security_group')),
  provider TEXT NOT NULL,
  zone TEXT NOT NULL,
  provider_id TEXT,
  name TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('planned', 'creating', 'attached', 'detached', 'deleting', 'deleted')),
  provider_type TEXT,
  size_bytes BIGINT,
  iops BIGINT,
  is_boot BIGINT NOT NULL CHECK (is_boot IN (0, 1)),
  delete_on_terminate BIGINT NOT NULL CHECK (delete_on_terminate IN (0, 1)),
  address TEXT,
  delete_attempts BIGINT NOT NULL CHECK (delete_attempts >= 0),
  next_attempt_at_ms BIGINT,
  last_error TEXT,
  created_at_ms BIGINT NOT NULL,
  attached_at_ms BIGINT,
  detached_at_ms BIGINT,
  deleting_at_ms BIGINT,
  deleted_at_ms BIGINT,
  reconciled_at_ms BIGINT,
  last_reconciliation_at_ms BIGINT
);
CREATE UNIQUE INDEX resources_name ON resources (kind, name);
CREATE INDEX resources_by_instance ON resources (instance_id, created_at_ms);
CREATE INDEX resources_by_organization ON resources (organization_id, created_at_ms);
CREATE INDEX resources_by_status ON resources (status) WHERE status <> 'deleted';

-- Workers ---------------------------------------------------------------------------------------------------------

CREATE TABLE worker_enrolments (
  instance_id TEXT PRIMARY KEY REFERENCES instances (id),
  secret_hash TEXT NOT NULL UNIQUE,
  created_at_ms BIGINT NOT NULL,
  used_at_ms BIGINT
);

CREATE TABLE worker_tokens (
  token_hash TEXT PRIMARY KEY,
  instance_id TEXT NOT NULL REFERENCES instances (id),
  boot_id TEXT NOT NULL,
  last_seq BIGINT NOT NULL,
  created_at_ms BIGINT NOT NULL,
  revoked_at_ms BIGINT
);
CREATE UNIQUE INDEX worker_tokens_live ON worker_tokens (instance_id) WHERE revoked_at_ms IS NULL;

CREATE TABLE worker_samples (
  id {{identity}},
  instance_id TEXT NOT NULL REFERENCES instances (id),
  at_ms BIGINT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('starting', 'ready', 'draining')),
  phase TEXT,
  running DOUBLE PRECISION,
  waiting DOUBLE PRECISION,
  kv_usage DOUBLE PRECISION,
  prompt_tokens DOUBLE PRECISION,
  generation_tokens DOUBLE PRECISION,
  ttft_ms DOUBLE PRECISION,
  gpu_util_percent DOUBLE PRECISION,
  gpu_memory_used_mib DOUBLE PRECISION,
  gpu_memory_total_mib DOUBLE PRECISION,
  cpu_percent DOUBLE PRECISION,
  memory_used_bytes DOUBLE PRECISION,
  payload TEXT NOT NULL
);
CREATE INDEX worker_samples_by_instance ON worker_samples (instance_id, id);

-- What happened, what it cost, who did it -------------------------------------------------------------------------

CREATE TABLE events (
  id {{identity}},
  organization_id TEXT NOT NULL REFERENCES organizations (id),
  topic TEXT NOT NULL,
  type TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  correlation_id TEXT,
  at_ms BIGINT NOT NULL,
  payload TEXT NOT NULL
);
CREATE INDEX events_by_organization ON events (organization_id, id);
CREATE INDEX events_by_time ON events (at_ms);

-- Key, user and instance are kept as they were told, without references: a request that was served is billed, whatever
-- else the store knows.
CREATE TABLE usage_ledger (
  request_id TEXT PRIMARY KEY,
  organization_id TEXT NOT NULL REFERENCES organizations (id),
  key_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  model_hf_id TEXT NOT NULL,
  instance_id TEXT,
  endpoint TEXT NOT NULL,
  streamed BIGINT NOT NULL CHECK (streamed IN (0, 1)),
  outcome TEXT NOT NULL CHECK (outcome IN ('completed', 'cancelled', 'failed', 'refused')),
  http_status BIGINT NOT NULL,
  prompt_tokens BIGINT NOT NULL CHECK (prompt_tokens >= 0),
  cached_prompt_tokens BIGINT NOT NULL CHECK (cached_prompt_tokens >= 0),
  completion_tokens BIGINT NOT NULL CHECK (completion_tokens >= 0),
  estimated BIGINT NOT NULL CHECK (estimated IN (0, 1)),
  started_at_ms BIGINT NOT NULL,
  finished_at_ms BIGINT NOT NULL,
  first_token_ms DOUBLE PRECISION,
  amount_nanos BIGINT NOT NULL
);
CREATE INDEX usage_ledger_by_time ON usage_ledger (organization_id, started_at_ms);
CREATE INDEX usage_ledger_by_key ON usage_ledger (organization_id, key_id, started_at_ms);
CREATE INDEX usage_ledger_by_instance ON usage_ledger (instance_id, started_at_ms);

CREATE TABLE audit_log (
  position BIGINT PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  organization_id TEXT NOT NULL REFERENCES organizations (id),
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  details TEXT NOT NULL,
  correlation_id TEXT NOT NULL,
  at_ms BIGINT NOT NULL,
  previous_hash TEXT NOT NULL,
  hash TEXT NOT NULL UNIQUE
);
CREATE INDEX audit_log_by_organization ON audit_log (organization_id, position);

-- One row: where the chain ends. Writers lock it, and a chain that lost its last rows no longer matches it.
CREATE TABLE audit_head (
  id BIGINT PRIMARY KEY CHECK (id = 1),
  position BIGINT NOT NULL,
  hash TEXT NOT NULL
);
INSERT INTO audit_head (id, position, hash)
VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');
