import type {Alert, NewAlert} from '../alerts/alert.ts';
import type {Instance} from '../instance/instance.ts';
import {eurNanos, formatEur} from '../money.ts';
import {formatDuration, isoTime} from '../time.ts';
import type {InstanceLimits, LimitEnd, LimitName} from './limits.ts';

/** Marks the alerts of instances: a limit of something else may be near, too. */
const ofInstances = 'instance';

/** What people are told while a limit of an instance is near: the one that is reached first. */
export function limitAlert(
  {id, name, organizationId}: Pick<Instance, 'id' | 'name' | 'organizationId'>,
  limits: InstanceLimits,
  {limit, endsAtMs}: LimitEnd,
): NewAlert {
  const [flag, value] = flagOf(limit);
  const endsAt = isoTime(endsAtMs);
  const wayOut = limit === 'idle' ? 'Ask it something, or give it more' : 'Give it more';
  return {
    organizationId,
    kind: 'limit_near',
    subjectId: id,
    subjectName: name,
    message: `${name} ends by itself at ${endsAt}: ${flag} ${limitText(limits, limit)} is nearly reached.`,
    hint: `${wayOut}: inventiv instances limits ${name} ${flag} ${value}`,
    details: {of: ofInstances, limit, endsAt},
  };
}

export function isLimitAlert({kind, details}: Pick<Alert, 'kind' | 'details'>): boolean {
  return kind === 'limit_near' && details.of === ofInstances;
}

/** With what its value is called. */
function flagOf(limit: LimitName): readonly [string, string] {
  if (limit === 'ttl') return ['--ttl', 'TIME'];
  return limit === 'spend' ? ['--max-spend', 'EUR'] : ['--idle-timeout', 'TIME'];
}

function limitText({ttlMs, spendMaxNanos, idleTimeoutMs}: InstanceLimits, limit: LimitName): string {
  if (limit === 'spend') return formatEur(eurNanos(spendMaxNanos ?? 0));
  return formatDuration((limit === 'ttl' ? ttlMs : idleTimeoutMs) ?? 0);
}
