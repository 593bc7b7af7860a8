import {InventivError} from '../../core/errors.ts';
import {hasLimits, type InstanceLimits, noLimits} from '../../core/finops/limits.ts';
import type {Instance} from '../../core/instance/instance.ts';
import {isGone} from '../../core/instance/state.ts';
import type {InstanceStore} from '../../ports/instances.ts';

/** Limits as they shall be; what is absent stays, null takes one away. */
export type LimitsWish = {readonly [Name in keyof InstanceLimits]?: InstanceLimits[Name] | undefined};

export function changedLimits(before: InstanceLimits | null, wish: LimitsWish): InstanceLimits {
  const base = before ?? noLimits;
  const of = <Name extends keyof InstanceLimits>(name: Name) => (wish[name] === undefined ? base[name] : wish[name]);
  return {ttlMs: of('ttlMs'), spendMaxNanos: of('spendMaxNanos'), idleTimeoutMs: of('idleTimeoutMs')};
}

/** Changes after which the instance ends by itself; `serve` goes by the new ones from its next look on. */
export async function changeLimits(
  instances: Pick<InstanceStore, 'record'>,
  instance: Instance,
  wish: LimitsWish,
  correlationId: string,
): Promise<Instance> {
  if (isGone(instance.state) || instance.state === 'terminating') {
    throw new InventivError('conflict', `"${instance.name}" is ${instance.state}: its limits no longer matter.`, {
      hint: 'See what runs: inventiv ps',
    });
  }

  const limits = changedLimits(instance.limits, wish);
  const {ttlMs, spendMaxNanos, idleTimeoutMs} = limits;
  const file = await instances.record({
    ...{instanceId: instance.id, correlationId},
    actions: [{kind: 'succeed', type: 'LIMITS_CHANGED', metadata: {ttlMs, spendMaxNanos, idleTimeoutMs}}],
    fields: {limits: hasLimits(limits) ? limits : null},
    transition: {from: instance.state, to: instance.state, reason: 'limits changed'},
  });
  return file.instance;
}
