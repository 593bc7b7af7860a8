import {idPrefixes} from '../ids.ts';

/** An organization's id, as `formatId` makes it: what is claimed is copied from a provider's tag into a command line. */
export const organizationIdPattern = new RegExp(`^${idPrefixes.organization}_[0-9a-hjkmnp-tv-z]{26}$`);

const shownChars = 64;

/** What to type when the store of that organization is lost; null for a tag that no installation can have written. */
export function claimCommand(provider: string, organizationId: string | null): string | null {
  if (organizationId === null || !organizationIdPattern.test(organizationId)) return null;
  return `inventiv reconcile all --provider ${provider} --claim ${organizationId}`;
}

export function otherOrganizationReason(organizationId: string): string {
  return `belongs to organization ${organizationId.slice(0, shownChars)} of another installation`;
}
