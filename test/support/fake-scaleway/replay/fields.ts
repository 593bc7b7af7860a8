/**
 * Which fields of an answer are compared by value. The others are compared by presence and JSON type only: a MAC
 * address or a date cannot be the same.
 */
const STRICT_NAMES = new Set([
  'type',
  'message',
  'resource',
  'precondition',
  'reason',
  'argument_name',
  'method',
  'current_state',
  'state',
  'state_detail',
  'status',
  'volume_type',
  'boot',
  'boot_type',
  'size',
  'perf_iops',
  'class',
  'allowed_actions',
  'tags',
  'commercial_type',
  'arch',
  'family',
  'dynamic',
  'dynamic_ip_required',
  'provisioning_mode',
  'netmask',
  'product_resource_type',
  'protocol',
  'direction',
  'action',
  'editable',
  'position',
  'ip_range',
  'dest_port_from',
  'dest_port_to',
  'inbound_default_policy',
  'outbound_default_policy',
  'stateful',
  'enable_default_security',
  'project_default',
  'availability',
  'hourly_price',
  'gpu',
  'ncpus',
  'ram',
  'label',
  'disabled',
  'public_key',
  'fingerprint',
  'user_data',
  'total_count',
  'quota',
  'current',
]);

/**
 * Fields the API gained over the years, or that only some of its machines give: the same server has
 * `admin_password_encryption_ssh_key_id` in one answer and not in the next (server-all-power-states). The fake gives
 * today's full set; a recording may lack these, never have more.
 */
const ROLLOUT_FIELDS: RegExp[] = [
  // On servers: 2025-11 and later, not in every answer.
  /\.servers?(\[\d+\])?\.admin_password_encryption_ssh_key_id$/,
  // 2026.
  /\.servers?(\[\d+\])?\.dns$/,
  // 2025.
  /\.servers?(\[\d+\])?\.(filesystems|end_of_service)$/,
  // With routed IPs, 2023 and 2024.
  /\.servers?(\[\d+\])?\.(public_ips|routed_ip_enabled|mac_address)$/,
  /\.(ip|ips\[\d+\]|public_ip|public_ips\[\d+\])\.(prefix|type|state|tags|ipam_id|gateway|netmask|family|provisioning_mode)$/,
  // Of a Block volume in a server: since mid 2025.
  /\.volumes\.\d+\.state$/,
  // Of local volumes: not in every answer.
  /\.export_uri$/,
  // Block v1, 2026.
  /\.kms_key_id$/,
  /^(\.snapshots\[\d+\])?\.public$/,
];

/** Ids given by another product, equal to an id of ours in some recordings and not in others. */
const FREE_IDS = /\.(ipam_id|netmask|gateway)$|\.task\.id$/;

export function isStrict(path: string): boolean {
  return STRICT_NAMES.has(lastName(path));
}

export function isRolloutField(path: string): boolean {
  return ROLLOUT_FIELDS.some(pattern => pattern.test(path));
}

export function isFreeId(path: string): boolean {
  return FREE_IDS.test(path);
}

function lastName(path: string): string {
  return (
    path
      .replace(/\[\d+\]/g, '')
      .split('.')
      .at(-1) ?? ''
  );
}
