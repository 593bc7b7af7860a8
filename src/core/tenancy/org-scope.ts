/** Whose rows a query may see: every tenant query takes one, and the rows of others are "not found". */
export interface OrgScope {
  readonly organizationId: string;
}
