import {ownerTag} from '../instance/resource-names.ts';
import type {FoundThing} from './facts.ts';

const instanceTag = `${ownerTag}-instance=`;
/** What `resourceName` makes: the instance's name, ten characters of its id, and the kind. A mere `inventiv-...` is anybody's. */
const ourName = /^inventiv-[a-z0-9-]+-[0-9a-hjkmnp-tv-z]{10}(-volume|-ip|-security-group)?$/;
/** Disks that are part of a machine and go with it. */
const localVolumeTypes: readonly string[] = ['scratch', 'l_ssd'];

/** Whether the thing itself says that it is ours. Without this it is somebody else's, and is never touched. */
export function carriesMark({tags, name}: Pick<FoundThing, 'tags' | 'name'>): boolean {
  return tags.includes(ownerTag) || instanceIdOf(tags) !== null || (name !== null && ourName.test(name));
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
