import {InventivError} from '../../core/errors.ts';
import type {StepType} from '../../core/instance/decide.ts';
import {attemptOf, canMove, describePlaces, failedPlaces, isLackOfRoom} from '../../core/instance/failover.ts';
import type {EpochMs} from '../../core/time.ts';
import type {InstanceFile} from '../../ports/instances.ts';
import type {RecordedChange} from './step.ts';

/**
 * The decision to move to another place because this one has no room; null when the failure is of another kind or nothing
 * is left to try. Once it is on record the driver, whichever process it is in, takes the old attempt down, confirms that
 * it is gone, and only then chooses the next place.
 */
export function moveAfter(
  {instance, actions}: InstanceFile,
  step: StepType,
  error: InventivError,
  nowMs: EpochMs,
): RecordedChange | null {
  const {state, zone, instanceType} = instance;
  const isOnItsWay = state === 'provisioning' || state === 'booting';
  if (!isOnItsWay || step === 'EXECUTE_MOVE' || !isLackOfRoom(error.code)) return null;
  if (!canMove(instance, actions, nowMs)) return null;
  const reason = `${instanceType} in ${zone}: ${error.message}`;
  return {
    actions: [
      {kind: 'fail', type: step, errorCode: error.detailCode ?? error.code, errorMessage: error.message},
      {
        kind: 'succeed',
        type: 'REQUEST_MOVE',
        metadata: {zone, instanceType, errorCode: error.code, reason, attempt: attemptOf(actions) + 1},
      },
    ],
    ...(state === 'booting' ? {transition: {from: state, to: 'provisioning', reason: `moving: ${reason}`}} : {}),
  };
}

/** The last refusal of several, with the places that had refused before. */
export function toldWithPlaces(error: InventivError, {instance, actions}: InstanceFile): InventivError {
  const before = failedPlaces(actions);
  if (!isLackOfRoom(error.code) || before.length === 0) return error;
  const {code, message, hint, detailCode, param, retryable} = error;
  const here = describePlaces([instance]);
  return new InventivError(code, `${here}: ${message} No room before that: ${describePlaces(before)}.`, {
    retryable,
    cause: error,
    ...(hint === undefined ? {} : {hint}),
    ...(detailCode === undefined ? {} : {detailCode}),
    ...(param === undefined ? {} : {param}),
  });
}
