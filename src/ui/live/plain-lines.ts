import {type EpochMs, formatDuration} from '../../core/time.ts';
import type {ActionShape, InstanceShape, ProgressShape} from '../shapes.ts';
import {padEnd, padStart, printableLine} from '../text.ts';
import {actionTitle, activityText, stateText} from '../words.ts';
import {type Goal, teardownStepText} from './watched.ts';

/** Shortest time between two lines that only say how far the running step is. */
const activityEveryMs = 10_000;
const percentColumns = 4;
const teardownColumns = 'step 1 of 7'.length;

/** What was said of one instance. */
interface Said {
  readonly state: string;
  readonly activity: string | null;
  readonly atMs: EpochMs;
  readonly actions: ReadonlyMap<string, ActionShape>;
}

/**
 * Progress without a terminal: one line per step, `  12.3s   20%  name  step`; of a teardown, whose percentage is 0 from
 * its first moment, `   4.2s  step 2 of 7  name  step`. Remembers what it said of each instance, so that a repeated report
 * gives no second line.
 */
export class PlainProgress {
  readonly #said = new Map<string, Said>();
  readonly #goal: Goal;
  readonly #sinceMs: EpochMs;
  readonly #nameColumns: number;

  /** `sinceMs`: when the goal was asked for; a start is measured from the creation of its instance. */
  constructor(names: readonly string[], {goal, sinceMs}: {goal: Goal; sinceMs: EpochMs}) {
    this.#goal = goal;
    this.#sinceMs = sinceMs;
    this.#nameColumns = Math.max(0, ...names.map(name => name.length));
  }

  linesFor({instance, action}: ProgressShape, nowMs: EpochMs): string[] {
    const before = this.#said.get(instance.id) ?? {state: '', activity: null, atMs: nowMs, actions: new Map()};
    const news = [
      ...(action !== null && before.actions.get(action.id)?.status !== action.status
        ? [actionNews(action, before.actions.has(action.id))]
        : []),
      ...(before.state !== instance.state ? [`state: ${stateText(instance.state)}`] : []),
    ];
    if (news.length === 0 && isActivityDue(instance, before, nowMs)) news.push(activityText(instance.activity ?? ''));
    const actions = action === null ? before.actions : new Map(before.actions).set(action.id, action);
    const spoken = news.length > 0 ? {activity: instance.activity, atMs: nowMs} : {};
    this.#said.set(instance.id, {...before, ...spoken, state: instance.state, actions});
    const head = this.#head(instance, [...actions.values()], nowMs);
    return news.map(text => `${head}  ${padEnd(instance.name, this.#nameColumns)}  ${text}`);
  }

  #head(instance: InstanceShape, actions: readonly ActionShape[], nowMs: EpochMs): string {
    const fromMs = this.#goal === 'ready' ? Date.parse(instance.createdAt) : this.#sinceMs;
    const progress =
      this.#goal !== 'terminated'
        ? padStart(`${instance.progressPercent}%`, percentColumns)
        : padEnd(teardownStepText(instance, actions) ?? '', teardownColumns);
    return `${padStart(formatDuration(nowMs - fromMs), 7)}  ${progress}`;
  }
}

function actionNews(action: ActionShape, wasAnnounced: boolean): string {
  const what = actionTitle(action);
  if (action.status === 'in_progress') return action.attempts > 1 ? `${what} (try ${action.attempts})` : what;
  const took = action.durationMs === null ? '' : ` in ${formatDuration(action.durationMs)}`;
  if (action.status === 'success') return wasAnnounced ? `${what}: done${took}` : what;
  return `${what}: failed${took}: ${printableLine([action.errorCode, action.errorMessage].filter(part => part !== null).join(': '))}`;
}

function isActivityDue(instance: InstanceShape, said: Said, nowMs: EpochMs): boolean {
  return instance.activity !== null && instance.activity !== said.activity && nowMs - said.atMs >= activityEveryMs;
}
