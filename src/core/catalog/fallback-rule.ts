/**
 * What may change when there is no room: nothing, the zone, the type, or both. Zones and types that were named are the
 * first wishes then, and no limit.
 */
export const fallbackRules = ['none', 'zone', 'type', 'any'] as const;

export type FallbackRule = (typeof fallbackRules)[number];
