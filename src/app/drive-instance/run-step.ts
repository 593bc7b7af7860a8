import {asInventivError, InventivError} from '../../core/errors.ts';
import type {Action} from '../../core/instance/action.ts';
import type {StepType} from '../../core/instance/decide.ts';
import {overdue} from '../../core/instance/overdue.ts';
import {hasAdvanced, markOf} from '../../core/instance/start-mark.ts';
import type {InstanceState} from '../../core/instance/state.ts';
import {stepDeadlineAtMs} from '../../core/instance/step-deadline.ts';
import {backOffMs, stepAttemptsMax, stepLimitMs} from '../../core/instance/step-limits.ts';
import {redact} from '../../core/redact.ts';
import type {InstanceChange, InstanceFile, InstanceStore} from '../../ports/instances.ts';
import type {Processes} from '../../ports/processes.ts';
import {failureHint} from './failure-hint.ts';
import {keepEvidence} from './keep-evidence.ts';
import {moveAfter, toldWithPlaces} from './move-after.ts';
import {Overtaken, recordUnderLease} from './record-under-lease.ts';
import type {StepRun, StepTools} from './step.ts';
import {steps} from './steps/table.ts';

type Tools = StepTools & {readonly instances: InstanceStore; readonly processes: Processes};

const jitterShare = 0.25;

/**
 * One step from intent to record: the action is started in the store, the step acts, its success is stored with what it
 * changed. A step that waits is asked again; one that fails with something that may pass is tried again later, a bounded
 * number of times; any other failure ends the instance's start. Returns early when the instance has moved meanwhile.
 */
export async function runStep(tools: Tools, given: InstanceFile, step: StepType, signal: AbortSignal): Promise<void> {
  const {instance} = given;
  const record = recordUnderLease(tools, instance);
  const note = (metadata: NonNullable<InstanceChange['actions']>[number]['metadata']) =>
    record({actions: [{kind: 'note', type: step, metadata: metadata ?? {}}]});

  let file = await record({actions: [{kind: 'start', type: step, metadata: {triedAtMs: tools.clock.nowMs()}}]});
  let activity: string | undefined;
  try {
    while (!signal.aborted && file.instance.state === instance.state) {
      const outcome = await steps[step](tools, {file, record, call: {correlationId: instance.correlationId, signal}});
      if (outcome.kind === 'done') {
        await record({
          ...outcome.change,
          actions: [
            {kind: 'succeed', type: step, metadata: {...outcome.metadata, activity: null}},
            ...(outcome.change?.actions ?? []),
          ],
        });
        return;
      }

      const nowMs = tools.clock.nowMs();
      const isAdvanced =
        outcome.mark !== undefined && hasAdvanced(markOf(latest(file, step)?.metadata.mark), outcome.mark);
      if (outcome.activity !== activity || isAdvanced) {
        activity = outcome.activity;
        file = await note({
          activity: activity ?? null,
          ...(isAdvanced && {mark: {...outcome.mark}, advancedAtMs: nowMs}),
        });
      }

      refuseOverdue(file, step, nowMs);

      await tools.clock.sleep(outcome.afterMs, signal);
      file = await reload(tools, file);
    }
  } catch (thrown) {
    if (signal.aborted) return;
    if (thrown instanceof Overtaken) throw thrown;
    await handleFailure(tools, await reload(tools, file), step, asInventivError(thrown), record, signal);
  }
}

async function handleFailure(
  tools: Tools,
  file: InstanceFile,
  step: StepType,
  thrown: InventivError,
  record: StepRun['record'],
  signal: AbortSignal,
): Promise<void> {
  const {state, name} = file.instance;
  const attempt = latest(file, step)?.attempts ?? 1;
  const neverGivenUp = stepLimitMs(step, file.instance.spec.readyDeadlineMs) === null;
  if (neverGivenUp || (thrown.retryable && attempt < stepAttemptsMax)) {
    await record({
      actions: [
        {
          kind: 'note',
          type: step,
          metadata: {lastError: thrown.message, lastErrorCode: thrown.detailCode ?? thrown.code},
        },
      ],
    });
    await tools.clock.sleep(withJitter(backOffMs(attempt), tools), signal);
    return;
  }

  const move = moveAfter(file, step, thrown, tools.clock.nowMs());
  if (move !== null) {
    await record(move);
    return;
  }

  const error = step === 'EXECUTE_MOVE' ? thrown : toldWithPlaces(thrown, file);
  const to = failedStateOf(state);
  const failure = {
    code: error.detailCode ?? error.code,
    errorCode: error.code,
    message: error.message,
    hint: failureHint(error, name),
    evidenceLines: error.evidenceLines.map(redact),
    atMs: tools.clock.nowMs(),
  };
  const failed = {kind: 'fail', type: step, errorCode: failure.code, errorMessage: error.message} as const;
  if (to === null)
    throw new InventivError('unexpected', `${step} of "${name}" failed in state ${state}: ${error.message}`, {
      cause: error,
    });
  if (to === 'startup_failed')
    await keepEvidence(tools, {file, record, call: {correlationId: file.instance.correlationId, signal}});
  await record({
    actions:
      to === 'startup_failed'
        ? [failed, {kind: 'succeed', type: 'INSTANCE_STARTUP_FAILED', metadata: {code: failure.code}}]
        : [failed],
    fields: {failure},
    transition: {from: state, to, reason: `${failure.code}: ${error.message}`},
  });
}

function failedStateOf(state: InstanceState): 'provisioning_failed' | 'startup_failed' | null {
  if (state === 'provisioning') return 'provisioning_failed';
  return state === 'booting' || state === 'installing' || state === 'starting' ? 'startup_failed' : null;
}

function refuseOverdue(file: InstanceFile, step: StepType, nowMs: number): void {
  const action = latest(file, step);
  const deadlineAtMs = action && stepDeadlineAtMs(step, action, file.instance.spec.readyDeadlineMs);
  if (action && deadlineAtMs != null && nowMs > deadlineAtMs) throw overdue(file.instance, action, step, nowMs);
}

function latest(file: InstanceFile, step: StepType): Action | undefined {
  return file.actions.findLast(action => action.type === step);
}

async function reload(tools: Tools, file: InstanceFile): Promise<InstanceFile> {
  return (await tools.instances.load(file.instance.id)) ?? file;
}

/** Spreads retries, so that many instances do not come back to a provider in step. */
function withJitter(durationMs: number, {ids}: Pick<StepTools, 'ids'>): number {
  const [byte = 0] = ids.randomBytes(1);
  return Math.round(durationMs * (1 - jitterShare + (2 * jitterShare * byte) / 255));
}
