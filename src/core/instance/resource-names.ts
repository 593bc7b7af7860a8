import type {EpochMs} from '../time.ts';
import type {Instance} from './instance.ts';
import type {Resource, ResourceKind} from './resource.ts';

/** The tag every resource of ours carries: what lacks it is somebody else's. */
export const ownerTag = 'inventiv';

const idTailChars = 10;

/** The name of a resource at the provider: readable, and unique because it ends in random characters of the instance's id. */
export function resourceName(instance: Pick<Instance, 'id' | 'name'>, kind: ResourceKind): string {
  const base = `inventiv-${instance.name}-${instance.id.slice(-idTailChars)}`;
  return kind === 'server' ? base : `${base}-${kind.replace('_', '-')}`;
}

/** The name at a further place: the one before may still turn up late under its own. */
export function attemptName(instance: Pick<Instance, 'id' | 'name'>, kind: ResourceKind, attempt: number): string {
  const name = resourceName(instance, kind);
  return attempt === 1 ? name : `${name}-${attempt}`;
}

/** Of which installation it is, by an organization of its store: several installations may share one provider project. */
export function resourceTags(instance: Pick<Instance, 'id' | 'organizationId'>): readonly string[] {
  return [ownerTag, `inventiv-instance=${instance.id}`, `inventiv-organization=${instance.organizationId}`];
}

/** A row for something that does not exist yet, or was just found. */
export function newResource(
  instance: Instance,
  facts: Pick<Resource, 'id' | 'kind' | 'status'> & Partial<Resource>,
  nowMs: EpochMs,
): Resource {
  return {
    organizationId: instance.organizationId,
    instanceId: instance.id,
    provider: instance.provider,
    zone: instance.zone,
    providerId: null,
    name: resourceName(instance, facts.kind),
    providerType: null,
    sizeBytes: null,
    iops: null,
    isBoot: false,
    deleteOnTerminate: true,
    address: null,
    deleteAttempts: 0,
    nextAttemptAtMs: null,
    lastError: null,
    createdAtMs: nowMs,
    attachedAtMs: null,
    detachedAtMs: null,
    deletingAtMs: null,
    deletedAtMs: null,
    reconciledAtMs: null,
    lastReconciliationAtMs: null,
    ...facts,
  };
}
