export const roles = ['owner', 'admin', 'manager', 'user'] as const;

export type Role = (typeof roles)[number];

/** The permission table: which roles may do what. A procedure names exactly one of these. */
export const permissions = {
  'instances.view': ['owner', 'admin', 'manager', 'user'],
  'instances.change': ['owner', 'admin'],
  'models.view': ['owner', 'admin', 'manager', 'user'],
  'models.change': ['owner', 'admin'],
  'prompts.view': ['owner', 'admin', 'manager'],
  'prompts.organization': ['owner', 'admin'],
  'hosts.view': ['owner', 'admin', 'manager', 'user'],
  'hosts.change': ['owner', 'admin'],
  'catalog.view': ['owner', 'admin', 'manager', 'user'],
  'catalog.change': ['owner', 'admin'],
  'catalog.sync': ['owner', 'admin', 'manager'],
  'credentials.view': ['owner', 'admin'],
  'credentials.change': ['owner', 'admin'],
  'keys.own': ['owner', 'admin', 'manager', 'user'],
  'keys.organization': ['owner', 'admin'],
  'rates.view': ['owner', 'admin', 'manager'],
  'rates.change': ['owner', 'admin'],
  'usage.view': ['owner', 'admin', 'manager'],
  'usage.correct': ['owner', 'manager'],
  'prices.change': ['owner', 'manager'],
  'budgets.change': ['owner', 'manager'],
  'events.view': ['owner', 'admin', 'manager', 'user'],
  'alerts.view': ['owner', 'admin', 'manager', 'user'],
  'alerts.change': ['owner', 'admin', 'manager'],
  'settings.view': ['owner', 'admin', 'manager'],
  'settings.change': ['owner', 'admin'],
  'chat.use': ['owner', 'admin', 'manager', 'user'],
} as const satisfies Record<string, readonly Role[]>;

export type Permission = keyof typeof permissions;

export function can(role: Role, permission: Permission): boolean {
  const holders: readonly Role[] = permissions[permission];
  return holders.includes(role);
}
