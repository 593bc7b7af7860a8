import type {UsageFilter} from '../../core/finops/usage.ts';

type Condition = readonly [
  column: 'started_at_ms' | 'key_id' | 'user_id' | 'instance_id' | 'model_hf_id',
  operator: '=' | '>=' | '<',
  value: string | number,
];

/** By start time: from `fromMs` on, before `untilMs`. */
export function usageConditions(filter: UsageFilter): readonly Condition[] {
  const conditions: Condition[] = [];
  if (filter.fromMs !== undefined) conditions.push(['started_at_ms', '>=', filter.fromMs]);
  if (filter.untilMs !== undefined) conditions.push(['started_at_ms', '<', filter.untilMs]);
  if (filter.keyId !== undefined) conditions.push(['key_id', '=', filter.keyId]);
  if (filter.userId !== undefined) conditions.push(['user_id', '=', filter.userId]);
  if (filter.instanceId !== undefined) conditions.push(['instance_id', '=', filter.instanceId]);
  if (filter.modelHfId !== undefined) conditions.push(['model_hf_id', '=', filter.modelHfId]);
  return conditions;
}
