import {ownerTag} from '../instance/resource-names.ts';
import type {FoundThing, OwnOrganizations} from './facts.ts';

const instanceTag = `${ownerTag}-instance=`;
const organizationTag = `${ownerTag}-organization=`;
/** What `resourceName` makes: the instance's name, ten characters of its id, and the kind. A mere `inventiv-...` is anybody's. */
const ourName = /^inventiv-[a-z0-9-]+-[0-9a-hjkmnp-tv-z]{10}(-volume|-ip|-security-group)?$/;
/** On a snapshot of ours: somebody wants it, whatever became of its instance. */
const keepTag = `${ownerTag}-keep`;
/** Disks that are part of a machine and go with it. */
const localVolumeTypes: readonly string[] = ['scratch', 'l_ssd'];

/**
 * Whose a thing is by its own word. `ours`: of an organization of this store; `claimed`: of one claimed for this pass;
 * `other`: of another installation; `unsigned`: made by inventiv, and nothing says by which; `none`: somebody else's.
 */
export type Mark =
  | {readonly kind: 'ours' | 'claimed' | 'other'; readonly organizationId: string}
  | {readonly kind: 'unsigned' | 'none'; readonly organizationId: null};

/** One organization that is neither ours nor claimed is enough to make it another's, whatever else the tags say. */
export function markOf(thing: Pick<FoundThing, 'tags' | 'name'>, own: OwnOrganizations): Mark {
  const named = organizationIdsOf(thing.tags);
  const other = named.find(id => !own.organizationIds.has(id) && !own.claimedOrganizationIds.has(id));
  if (other !== undefined) return {kind: 'other', organizationId: other};
  const claimed = named.find(id => !own.organizationIds.has(id));
  if (claimed !== undefined) return {kind: 'claimed', organizationId: claimed};
  const [ours] = named;
  if (ours !== undefined) return {kind: 'ours', organizationId: ours};
  return {kind: carriesMark(thing) ? 'unsigned' : 'none', organizationId: null};
}

/** Whether the thing itself says that inventiv made it, whichever installation. Without this it is never touched. */
export function carriesMark({tags, name}: Pick<FoundThing, 'tags' | 'name'>): boolean {
  return (
    tags.includes(ownerTag) ||
    instanceIdOf(tags) !== null ||
    organizationIdsOf(tags).length > 0 ||
    (name !== null && ourName.test(name))
  );
}

/** Whether its tags ask to leave it alone. */
export function isAskedToStay({kind, tags}: Pick<FoundThing, 'kind' | 'tags'>): boolean {
  return kind === 'snapshot' && tags.includes(keepTag);
}

/** The instance that a tag names. */
export function instanceIdOf(tags: readonly string[]): string | null {
  const tag = tags.find(each => each.startsWith(instanceTag) && each.length > instanceTag.length);
  return tag === undefined ? null : tag.slice(instanceTag.length);
}

/** A provider makes the boot and scratch disks of a server by itself, without our mark: they are the server's. */
export function isMadeWithServer({kind, isBoot, providerType}: FoundThing): boolean {
  return kind === 'volume' && (isBoot || providerType === 'scratch');
}

export function isLocalVolume(providerType: string | null): boolean {
  return providerType !== null && localVolumeTypes.includes(providerType);
}

/** One in anything we make; an empty one names an organization that nobody has. */
function organizationIdsOf(tags: readonly string[]): readonly string[] {
  return tags.filter(tag => tag.startsWith(organizationTag)).map(tag => tag.slice(organizationTag.length));
}
