export const instanceStates = [
  'provisioning',
  'booting',
  'installing',
  'starting',
  'ready',
  'worker_dead',
  'draining',
  'terminating',
  'terminated',
  'archived',
  'provisioning_failed',
  'startup_failed',
] as const;

export type InstanceState = (typeof instanceStates)[number];

/** States in which the driver has work to do until another state is reached. */
export const movingStates: readonly InstanceState[] = [
  'provisioning',
  'booting',
  'installing',
  'starting',
  'draining',
  'terminating',
];

/** States in which nothing is left at the provider. */
export const goneStates: readonly InstanceState[] = ['terminated', 'archived'];

export function isGone(state: InstanceState): boolean {
  return goneStates.includes(state);
}

export function isMoving(state: InstanceState): boolean {
  return movingStates.includes(state);
}

export function isFailed(state: InstanceState): boolean {
  return state === 'provisioning_failed' || state === 'startup_failed';
}
