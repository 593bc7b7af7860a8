import type {OrgScope} from '../core/tenancy/org-scope.ts';

/** Who does something, for rows and the audit log. */
export interface Actor {
  readonly scope: OrgScope;
  readonly userId: string;
  readonly userName: string;
  readonly correlationId: string;
}
