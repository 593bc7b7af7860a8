import {InventivError} from '../errors.ts';
import {type EpochMs, formatDuration} from '../time.ts';
import type {Action} from './action.ts';
import type {StepType} from './decide.ts';
import type {Instance} from './instance.ts';
import {describeMark, markOf} from './start-mark.ts';

/** What a step that was given up failed with: what is still missing, after how long, how far it came. */
export function overdue(
  instance: Pick<Instance, 'name' | 'provider' | 'zone' | 'spec'>,
  {startedAtMs, metadata}: Pick<Action, 'startedAtMs' | 'metadata'>,
  step: StepType,
  nowMs: EpochMs,
): InventivError {
  const mark = markOf(metadata.mark);
  const last = mark === null ? '' : ` It came as far as: ${describeMark(mark)}.`;
  const isWorker = step.startsWith('WORKER_') || step === 'HEALTH_CHECK';
  return new InventivError(
    'timed_out',
    `After ${formatDuration(nowMs - startedAtMs)} ${missing(step, instance)}.${last}`,
    {
      hint: isWorker
        ? `Read what happened with "inventiv logs ${instance.name}"; --on-failure keep leaves the machine for diagnosis.`
        : `${instance.provider} is slow or in trouble. Try again, in another zone if it has one: inventiv up --zone ZONE`,
      detailCode: step.startsWith('WORKER_') ? 'STARTUP_TIMEOUT' : 'PROVIDER_TIMEOUT',
    },
  );
}

function missing(step: StepType, {zone, spec}: Pick<Instance, 'zone' | 'spec'>): string {
  switch (step) {
    case 'EXECUTE_CREATE':
      return `${zone} was not ready for a machine`;
    case 'PROVIDER_CREATE':
      return `${zone} had made no machine`;
    case 'PROVIDER_VOLUME_RESIZE':
      return `the disk had not grown to ${spec.diskGb} GB`;
    case 'PROVIDER_START':
      return 'the machine had not been started';
    case 'PROVIDER_GET_IP':
      return `the machine was not running with an address in ${zone}`;
    case 'PROVIDER_SECURITY_GROUP':
      return 'the firewall rules were not in place';
    case 'WORKER_SSH_ACCESSIBLE':
      return 'the machine did not answer on SSH';
    case 'WORKER_SSH_INSTALL':
    case 'EXECUTE_REINSTALL':
      return 'the worker was not installed';
    case 'WORKER_VLLM_HTTP_OK':
      return 'the engine did not answer';
    case 'WORKER_MODEL_LOADED':
      return 'the model was not loaded';
    case 'WORKER_VLLM_WARMUP':
      return 'the engine had not warmed up';
    case 'HEALTH_CHECK':
      return 'the worker was not healthy';
    default:
      return `${step.toLowerCase().replaceAll('_', ' ')} was not done`;
  }
}
