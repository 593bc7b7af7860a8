import {asInventivError} from '../../core/errors.ts';
import {decideAfterLook, decideRecovery, type Recovery} from '../../core/health/decide-recovery.ts';
import {type HealthMemory, remember} from '../../core/health/memory.ts';
import type {Instance} from '../../core/instance/instance.ts';
import {requestReinstall} from '../reinstall-instance.ts';
import {lookAtMachine} from './look-at-machine.ts';
import type {HealthTools} from './tools.ts';

export interface Recovered {
  readonly memory: HealthMemory;
  /** The instance when it was changed here. */
  readonly instance: Instance | null;
  readonly did: 'nothing' | 'looked' | 'reinstalled' | 'gave_up';
}

/** The one thing to do now about a worker that is dead, wedged or stuck; the next check goes on from there. */
export async function recover(
  tools: HealthTools,
  instance: Instance,
  memory: HealthMemory,
  signal: AbortSignal,
): Promise<Recovered> {
  const recovery = decideRecovery(instance, memory, tools.settings, tools.clock.nowMs());
  if (recovery.kind !== 'look') return carryOut(tools, instance, memory, recovery);
  const look = await lookAtMachine(tools, instance, signal);
  const after = decideAfterLook(memory, look, tools.settings);
  // A log that has grown since is an advance: the start is not stuck any more, a dead worker is given more time.
  const hasGrown = memory.look !== null && look.logMark !== null && memory.look.logMark !== look.logMark;
  const seen = {
    ...memory,
    look,
    ...(hasGrown && memory.stuckSinceMs !== null && memory.advance !== null
      ? {stuckSinceMs: null, look: null, advance: {...memory.advance, atMs: look.atMs}}
      : {}),
  };
  return after.kind === 'none' ? {memory: seen, instance: null, did: 'looked'} : carryOut(tools, instance, seen, after);
}

async function carryOut(
  tools: HealthTools,
  instance: Instance,
  memory: HealthMemory,
  recovery: Recovery,
): Promise<Recovered> {
  const nowMs = tools.clock.nowMs();
  if (recovery.kind === 'give_up') {
    const {instance: changed} = await tools.instances.record({
      instanceId: instance.id,
      correlationId: instance.correlationId,
      fields: {breaker: {openedAtMs: nowMs, reason: recovery.reason}},
    });
    return {memory, instance: changed, did: 'gave_up'};
  }

  if (recovery.kind !== 'reinstall') return {memory, instance: null, did: 'nothing'};
  const changed = await reinstall(tools, instance, recovery.reason);
  if (changed === null) return {memory, instance: null, did: 'nothing'};
  const reinstallsAtMs = remember(memory.reinstallsAtMs, nowMs);
  return {
    memory: {...memory, reinstallsAtMs, look: null, stuckSinceMs: null, wedgedAtTokens: null},
    instance: changed,
    did: 'reinstalled',
  };
}

/** Null when the instance moved meanwhile, which makes the decision stale. */
async function reinstall(tools: HealthTools, instance: Instance, reason: string): Promise<Instance | null> {
  const {correlationId} = instance;
  try {
    if (instance.state === 'worker_dead') {
      return await requestReinstall(tools.instances, instance, {
        now: true,
        reason: `by the health check: ${reason}`,
        correlationId,
      });
    }

    return await restartStart(tools, instance, reason);
  } catch (error) {
    const {code} = asInventivError(error);
    if (code === 'conflict' || code === 'illegal_transition') return null;
    throw error;
  }
}

/**
 * A stuck start begins its installation again. What was under way ends with it: its time limit must not count for the new
 * try, and whoever still waits in it finds that it is not his any more.
 */
async function restartStart({instances}: HealthTools, instance: Instance, reason: string): Promise<Instance> {
  const file = await instances.load(instance.id);
  const open = (file?.actions ?? []).filter(({status}) => status === 'in_progress');
  const errorMessage = `It made no progress: ${reason}.`;
  const {instance: changed} = await instances.record({
    instanceId: instance.id,
    correlationId: instance.correlationId,
    actions: [
      ...open.map(({type}) => ({kind: 'fail', type, errorCode: 'STUCK', errorMessage}) as const),
      {kind: 'succeed', type: 'REQUEST_REINSTALL', metadata: {reason: `stuck: ${reason}`}},
    ],
    transition: {from: instance.state, to: 'installing', reason: `stuck: ${reason}`},
  });
  return changed;
}
