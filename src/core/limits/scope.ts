/** Whose requests a limit counts. A null member leaves it open: all keys, all users, all models of the organization. */
export interface LimitScope {
  readonly organizationId: string;
  readonly keyId: string | null;
  readonly userId: string | null;
  readonly modelHfId: string | null;
}

/** Who asks for what. */
export interface LimitSubject {
  readonly organizationId: string;
  readonly keyId: string;
  readonly userId: string;
  readonly modelHfId: string;
}

/** Finds the rules for a subject without walking over those of other organizations and keys. */
export interface ScopeIndex<Rule extends LimitScope> {
  matching(subject: LimitSubject): readonly Rule[];
}

const none: readonly never[] = [];

export function indexScopes<Rule extends LimitScope>(rules: readonly Rule[]): ScopeIndex<Rule> {
  const organizations = new Map<string, ReadonlyMap<string | null, readonly Rule[]>>();
  for (const [organizationId, own] of Map.groupBy(rules, rule => rule.organizationId))
    organizations.set(
      organizationId,
      Map.groupBy(own, rule => rule.keyId),
    );
  return {
    matching(subject) {
      const byKey = organizations.get(subject.organizationId);
      if (byKey === undefined) return none;
      const ofKey = byKey.get(subject.keyId) ?? none;
      const ofAnyKey = byKey.get(null) ?? none;
      return [...ofKey, ...ofAnyKey].filter(rule => covers(rule, subject));
    },
  };
}

/** Whether a limit counts what this subject does. */
export function covers({organizationId, keyId, userId, modelHfId}: LimitScope, subject: LimitSubject): boolean {
  return (
    organizationId === subject.organizationId &&
    (keyId === null || keyId === subject.keyId) &&
    (userId === null || userId === subject.userId) &&
    (modelHfId === null || modelHfId === subject.modelHfId)
  );
}
