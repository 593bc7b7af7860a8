import type {Generated} from 'kysely';

/** The tables that the store reads and writes, as the migrations make them. Flags are 0 or 1, JSON columns are text. */
export interface Tables {
  schema_migrations: SchemaMigrationRow;
  organizations: {id: string; slug: string; name: string; created_at_ms: number};
  users: {id: string; name: string; email: string | null; created_at_ms: number};
  memberships: {organization_id: string; user_id: string; role: string; created_at_ms: number};
  api_keys: ApiKeyRow;
  provider_credentials: ProviderCredentialsRow;
  hosts: HostRow;
  host_claims: HostClaimRow;
  models: ModelRow;
  system_prompts: SystemPromptRow;
  rate_limits: RateLimitRow;
  catalog_syncs: {provider: string; synced_at_ms: number};
  regions: {provider: string; name: string};
  zones: {provider: string; name: string; region: string};
  instance_types: InstanceTypeRow;
  instance_type_zones: {provider: string; type_name: string; zone: string; position: number};
  catalog_edits: CatalogEditRow;
  availability: {provider: string; type_name: string; zone: string; position: number; stock: string};
  instances: InstanceRow;
  instance_state_history: StateHistoryTable;
  actions: ActionTable;
  resources: ResourceRow;
  sightings: SightingRow;
  worker_enrolments: {instance_id: string; secret_hash: string; created_at_ms: number; used_at_ms: number | null};
  worker_tokens: WorkerTokenRow;
  worker_commands: WorkerCommandRow;
  worker_samples: WorkerSampleTable;
  instance_health: InstanceHealthRow;
  alerts: AlertRow;
  alert_deliveries: AlertDeliveryRow;
  loop_beats: {name: string; at_ms: number};
  events: EventTable;
  usage_ledger: UsageRow;
  usage_corrections: UsageCorrectionRow;
  usage_entries: UsageEntryRow;
  token_prices: TokenPriceRow;
  budgets: BudgetRow;
  audit_log: AuditRow;
  audit_head: {id: number; position: number; hash: string};
}

export interface SchemaMigrationRow {
  version: number;
  name: string;
  checksum: string;
  applied_at_ms: number;
}

export interface ApiKeyRow {
  id: string;
  organization_id: string;
  user_id: string;
  name: string;
  prefix: string;
  hash: string;
  previous_hash: string | null;
  previous_valid_until_ms: number | null;
  scopes: string;
  models: string | null;
  caps: string | null;
  created_at_ms: number;
  expires_at_ms: number | null;
  revoked_at_ms: number | null;
  last_used_at_ms: number | null;
}

export interface ProviderCredentialsRow {
  id: string;
  organization_id: string;
  provider: string;
  name: string;
  sealed: string;
  created_at_ms: number;
  checked_at_ms: number | null;
  revoked_at_ms: number | null;
  version: number;
  key_prefix: string;
  created_by: string;
}

export interface HostRow {
  id: string;
  organization_id: string;
  name: string;
  ssh_user: string;
  ssh_host: string;
  ssh_port: number;
  openai_port: number;
  agent_port: number;
  facts: string;
  created_at_ms: number;
  checked_at_ms: number;
  removed_at_ms: number | null;
}

export interface HostClaimRow {
  id: string;
  host_id: string;
  name: string;
  tags: string;
  security_group: string;
  claimed_at_ms: number;
  powered_on_at_ms: number | null;
  released_at_ms: number | null;
}

export interface ModelRow {
  organization_id: string;
  id: string;
  hf_id: string;
  active: number;
  origin: 'seed' | 'operator';
  spec: string;
  created_at_ms: number;
  updated_at_ms: number;
  removed_at_ms: number | null;
}

export interface InstanceTypeRow {
  provider: string;
  name: string;
  position: number;
  gpu_model: string;
  gpu_count: number;
  vram_gib_per_gpu: number;
  effective_vram_gib_per_gpu: number;
  vcpus: number;
  ram_gib: number;
  scratch_bytes_max: number;
  compute_capability: number;
  nvlink: number;
  net_gbps: number;
  price_per_hour_nanos: number;
  end_of_service: number;
  local_volume_allowed: number;
}

export interface CatalogEditRow {
  provider: string;
  type_name: string;
  price_per_hour_nanos: number | null;
  usable_vram_gib_per_gpu: number | null;
  disabled: number;
  edited_by: string;
  edited_at_ms: number;
}

export interface InstanceRow {
  id: string;
  organization_id: string;
  deployment_id: string | null;
  name: string;
  provider: string;
  zone: string;
  instance_type: string;
  gpu_count: number;
  model_hf_id: string;
  spec: string;
  state: string;
  state_reason: string | null;
  state_since_ms: number;
  failure: string | null;
  endpoint: string | null;
  worker_key_sealed: string;
  agent_version: string | null;
  agent_sha256: string | null;
  lease_owner: string | null;
  lease_renewed_at_ms: number | null;
  lease_expires_at_ms: number | null;
  price_per_hour_nanos: number;
  limits: string | null;
  activity: string | null;
  correlation_id: string;
  created_at_ms: number;
  billed_from_ms: number | null;
  billed_until_ms: number | null;
  spent_before_nanos: number;
  ready_at_ms: number | null;
  terminated_at_ms: number | null;
  archived_at_ms: number | null;
  last_seen_at_ms: number | null;
  consecutive_failures: number;
  breaker_opened_at_ms: number | null;
  breaker_reason: string | null;
  /** Counts the changes; the first statement of a change raises it, which locks the row in every engine. */
  revision: number;
}

export interface StateHistoryTable {
  id: Generated<number>;
  organization_id: string;
  instance_id: string;
  from_state: string | null;
  to_state: string;
  reason: string;
  at_ms: number;
  correlation_id: string;
}

export interface ActionTable {
  position: Generated<number>;
  id: string;
  organization_id: string;
  instance_id: string;
  type: string;
  status: string;
  attempts: number;
  started_at_ms: number;
  finished_at_ms: number | null;
  error_code: string | null;
  error_message: string | null;
  correlation_id: string;
  metadata: string;
}

export interface ResourceRow {
  id: string;
  organization_id: string;
  instance_id: string;
  kind: string;
  provider: string;
  zone: string;
  provider_id: string | null;
  name: string;
  status: string;
  provider_type: string | null;
  size_bytes: number | null;
  iops: number | null;
  is_boot: number;
  delete_on_terminate: number;
  address: string | null;
  delete_attempts: number;
  next_attempt_at_ms: number | null;
  last_error: string | null;
  created_at_ms: number;
  attached_at_ms: number | null;
  detached_at_ms: number | null;
  deleting_at_ms: number | null;
  deleted_at_ms: number | null;
  reconciled_at_ms: number | null;
  last_reconciliation_at_ms: number | null;
}

export interface SightingRow {
  provider: string;
  kind: string;
  provider_id: string;
  zone: string;
  name: string | null;
  provider_type: string | null;
  first_seen_at_ms: number;
  last_seen_at_ms: number;
  condemned: number;
  delete_attempts: number;
  next_attempt_at_ms: number | null;
  last_error: string | null;
}

export interface WorkerTokenRow {
  token_hash: string;
  instance_id: string;
  boot_id: string;
  last_seq: number;
  created_at_ms: number;
  revoked_at_ms: number | null;
  /** Good beside `token_hash` during a rotation. */
  next_hash: string | null;
}

export interface WorkerCommandRow {
  id: string;
  organization_id: string;
  instance_id: string;
  type: string;
  tail: number | null;
  sealed: string | null;
  requested_by: string;
  created_at_ms: number;
  delivered_at_ms: number | null;
  deliveries: number;
  finished_at_ms: number | null;
  ok: number | null;
  message: string | null;
  result: string | null;
}

export interface WorkerSampleTable {
  id: Generated<number>;
  instance_id: string;
  at_ms: number;
  status: string;
  phase: string | null;
  running: number | null;
  waiting: number | null;
  kv_usage: number | null;
  prompt_tokens: number | null;
  generation_tokens: number | null;
  ttft_ms: number | null;
  gpu_util_percent: number | null;
  gpu_memory_used_mib: number | null;
  gpu_memory_total_mib: number | null;
  cpu_percent: number | null;
  memory_used_bytes: number | null;
  payload: string;
}

export interface InstanceHealthRow {
  instance_id: string;
  memory: string;
  revision: number;
  updated_at_ms: number;
}

export interface AlertRow {
  id: string;
  organization_id: string;
  kind: string;
  severity: string;
  subject_id: string;
  subject_name: string;
  message: string;
  hint: string | null;
  details: string;
  raised_at_ms: number;
  last_raised_at_ms: number;
  occurrences: number;
  acknowledged_at_ms: number | null;
  acknowledged_by: string | null;
  resolved_at_ms: number | null;
  resolution: string | null;
}

export interface AlertDeliveryRow {
  id: string;
  alert_id: string;
  news: string;
  attempts: number;
  created_at_ms: number;
  next_attempt_at_ms: number;
  ended_at_ms: number | null;
  outcome: string | null;
  last_error: string | null;
}

export interface EventTable {
  id: Generated<number>;
  organization_id: string;
  topic: string;
  type: string;
  subject_id: string;
  correlation_id: string | null;
  at_ms: number;
  payload: string;
}

export interface UsageRow {
  request_id: string;
  organization_id: string;
  key_id: string;
  user_id: string;
  model_hf_id: string;
  instance_id: string | null;
  endpoint: string;
  streamed: number;
  outcome: string;
  http_status: number;
  prompt_tokens: number;
  cached_prompt_tokens: number;
  completion_tokens: number;
  estimated: number;
  started_at_ms: number;
  finished_at_ms: number;
  first_token_ms: number | null;
  reasoning_tokens: number;
  audio_ms: number;
  attempts: number;
  price_id: string | null;
  amount_nanos: number;
}

export interface RateLimitRow {
  id: string;
  organization_id: string;
  key_id: string | null;
  model_hf_id: string | null;
  requests_per_minute: number | null;
  tokens_per_minute: number | null;
  concurrency: number | null;
  updated_at_ms: number;
}

export interface SystemPromptRow {
  organization_id: string;
  level: string;
  subject: string;
  version: number;
  text: string | null;
  created_at_ms: number;
  created_by: string;
}

export interface UsageCorrectionRow {
  id: string;
  request_id: string;
  organization_id: string;
  key_id: string;
  user_id: string;
  model_hf_id: string;
  instance_id: string | null;
  amount_nanos: number;
  reason: string;
  corrected_by: string;
  corrected_at_ms: number;
}

/** A view: lines of the ledger, and corrections as lines without a request. */
export interface UsageEntryRow {
  organization_id: string;
  key_id: string;
  user_id: string;
  model_hf_id: string;
  instance_id: string | null;
  started_at_ms: number;
  requests: number;
  prompt_tokens: number;
  cached_prompt_tokens: number;
  completion_tokens: number;
  reasoning_tokens: number;
  audio_ms: number;
  estimated: number;
  outcome: string;
  amount_nanos: number;
}

export interface TokenPriceRow {
  id: string;
  organization_id: string;
  model_hf_id: string;
  version: number;
  valid_from_ms: number;
  input_nanos: number | null;
  cached_input_nanos: number | null;
  output_nanos: number | null;
  reasoning_nanos: number | null;
  audio_hour_nanos: number | null;
  request_nanos: number | null;
  set_by: string;
  set_at_ms: number;
}

export interface BudgetRow {
  id: string;
  organization_id: string;
  key_id: string | null;
  user_id: string | null;
  model_hf_id: string | null;
  period: string;
  soft_nanos: number | null;
  hard_nanos: number | null;
  set_by: string;
  set_at_ms: number;
}

export interface AuditRow {
  position: number;
  id: string;
  organization_id: string;
  actor: string;
  action: string;
  subject: string;
  details: string;
  correlation_id: string;
  at_ms: number;
  previous_hash: string;
  hash: string;
}
