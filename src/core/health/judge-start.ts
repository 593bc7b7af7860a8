import type {Action, ActionType} from '../instance/action.ts';
import type {Instance} from '../instance/instance.ts';
import type {EpochMs} from '../time.ts';
import type {HealthMemory} from './memory.ts';
import type {HealthSettings} from './settings.ts';

/** The states of a start that can be stuck. */
export type StartState = 'booting' | 'installing' | 'starting';

/** What the worker itself says of its start, by heartbeat or when asked; null when nobody could tell. */
export interface StartSigns {
  readonly phase: string | null;
}

/** One look at a start: whether it advanced since the last one, and whether it is stuck. */
export function judgeStart(
  instance: Pick<Instance, 'state' | 'stateSinceMs'>,
  actions: readonly Action[],
  before: HealthMemory,
  signs: StartSigns,
  settings: HealthSettings,
  nowMs: EpochMs,
): HealthMemory {
  const mark = advanceMark(instance, actions, signs);
  if (before.advance?.mark !== mark) {
    return {...before, ...quiet, advance: {mark, atMs: nowMs}, nextCheckAtMs: nowMs + settings.checkEveryMs};
  }

  const {state} = instance;
  const isStart = state === 'booting' || state === 'installing' || state === 'starting';
  const limitMs = isStart ? settings.stuckAfterMs[state] : Number.POSITIVE_INFINITY;
  const isStuck = nowMs - before.advance.atMs >= limitMs;
  return {
    ...before,
    stuckSinceMs: isStuck ? (before.stuckSinceMs ?? nowMs) : null,
    nextCheckAtMs: nowMs + settings.checkEveryMs,
  };
}

/** Of an earlier life of the worker: counters and silence begin anew with a start. */
const quiet = {
  failures: 0,
  tokens: null,
  standstillSinceMs: null,
  wedgedAtTokens: null,
  okSinceMs: null,
  stuckSinceMs: null,
  look: null,
} as const;

/** What a look at the machine leaves in the timeline is no advance. */
const looks: readonly ActionType[] = ['WORKER_CONTAINER_CHECK', 'WORKER_LOG_FETCH'];

/** Changes with every step that ends and every word of progress; not with tries of the same step. */
function advanceMark(
  {state, stateSinceMs}: Pick<Instance, 'state' | 'stateSinceMs'>,
  actions: readonly Action[],
  {phase}: StartSigns,
): string {
  const ended = actions.filter(({status, type}) => status === 'success' && !looks.includes(type)).length;
  const open = actions.findLast(({status}) => status === 'in_progress');
  const {activity = '', phase: scriptPhase = ''} = open?.metadata ?? {};
  return [state, stateSinceMs, ended, open?.type ?? '', activity, scriptPhase, phase ?? ''].join('|').slice(0, 500);
}
