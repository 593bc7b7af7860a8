import {freshMemory} from '../../core/health/memory.ts';
import type {Instance} from '../../core/instance/instance.ts';
import type {HealthStore} from '../../ports/health.ts';
import type {InstanceStore} from '../../ports/instances.ts';
import type {AuditStore} from '../../ports/store.ts';

export interface BreakerTools {
  readonly instances: Pick<InstanceStore, 'record'>;
  readonly health: HealthStore;
  readonly audit: Pick<AuditStore, 'append'>;
}

/** Closes an instance's breaker by hand: checks and recovery begin anew, with nothing held against it. */
export async function resetBreaker(
  {instances, health, audit}: BreakerTools,
  instance: Instance,
  {by, correlationId}: {readonly by: string; readonly correlationId: string},
): Promise<Instance> {
  const {organizationId, name, breaker} = instance;
  const details = {name, reason: breaker?.reason ?? null};
  const entry = {actor: by, action: 'instance.reset_breaker', subject: instance.id, details, correlationId};
  await audit.append({organizationId}, entry);
  const remembered = (await health.load([instance.id])).get(instance.id);
  if (remembered !== undefined) {
    const {agent, tokens, wedgedAtTokens} = remembered.memory;
    const memory = {...freshMemory, agent, tokens, wedgedAtTokens};
    await health.save([{instanceId: instance.id, memory, revision: remembered.revision}]);
  }

  const {instance: closed} = await instances.record({
    instanceId: instance.id,
    correlationId,
    fields: {breaker: null, consecutiveFailures: 0},
  });
  return closed;
}
