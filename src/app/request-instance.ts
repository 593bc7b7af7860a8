import {hasLimits, type InstanceLimits} from '../core/finops/limits.ts';
import type {Instance} from '../core/instance/instance.ts';
import {newResource} from '../core/instance/resource-names.ts';
import type {OrgScope} from '../core/tenancy/org-scope.ts';
import type {Clock} from '../ports/clock.ts';
import type {Ids} from '../ports/ids.ts';
import type {InstanceStore} from '../ports/instances.ts';
import type {SecretBox} from '../ports/secrets.ts';
import {workerKeyContext} from './drive-instance/steps/install.ts';
import type {PlannedInstance} from './plan-instance.ts';

export interface RequestTools {
  readonly instances: InstanceStore;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly secretBox: SecretBox;
}

const workerKeyBytes = 32;
const nameSuffixChars = 4;
const modelPartMaxChars = 40;

/** Writes the intent: the instance, and a row for everything that will exist at the provider. Spends nothing yet. */
export async function requestInstance(
  tools: RequestTools,
  scope: OrgScope,
  planned: PlannedInstance,
  wish: {name: string | null; correlationId: string; limits?: InstanceLimits},
): Promise<Instance> {
  const {instances, clock, ids, secretBox} = tools;
  const nowMs = clock.nowMs();
  const id = ids.next('instance');
  const {chosen} = planned.plan;
  const workerKey = `inw-${Buffer.from(ids.randomBytes(workerKeyBytes)).toString('base64url')}`;
  const instance: Instance = {
    id,
    organizationId: scope.organizationId,
    name: wish.name ?? generatedName(planned.model.id, id),
    provider: chosen.type.provider as Instance['provider'],
    zone: chosen.zone,
    instanceType: chosen.type.name,
    gpuCount: chosen.type.gpuCount,
    spec: planned.spec,
    state: 'provisioning',
    stateReason: 'requested',
    stateSinceMs: nowMs,
    failure: null,
    endpoint: null,
    workerKeySealed: secretBox.seal(workerKey, workerKeyContext(id)),
    agentVersion: null,
    agentSha256: null,
    lease: null,
    pricePerHourNanos: chosen.price.totalPerHourNanos,
    limits: wish.limits === undefined || !hasLimits(wish.limits) ? null : wish.limits,
    activity: null,
    correlationId: wish.correlationId,
    createdAtMs: nowMs,
    billedFromMs: null,
    billedUntilMs: null,
    spentBeforeNanos: 0,
    readyAtMs: null,
    terminatedAtMs: null,
    archivedAtMs: null,
    lastSeenAtMs: null,
    consecutiveFailures: 0,
    breaker: null,
  };

  return instances.create({
    instance,
    reason: 'requested',
    resources: (['server', 'security_group'] as const).map(kind =>
      newResource(instance, {id: ids.next('resource'), kind, status: 'planned'}, nowMs),
    ),
    actions: [
      {
        type: 'REQUEST_CREATE',
        metadata: {
          model: planned.model.hfId,
          type: instance.instanceType,
          zone: instance.zone,
          expectedReadyMs: planned.expectedReadyMs,
        },
      },
    ],
  });
}

/** Readable and unlike the others: the model, and random characters of the id. */
function generatedName(modelId: string, instanceId: string): string {
  const model = modelId
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, modelPartMaxChars)
    .replaceAll(/^-+|-+$/g, '');
  return `${model}-${instanceId.slice(-nameSuffixChars)}`;
}
