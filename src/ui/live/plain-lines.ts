import {formatDuration} from '../../core/time.ts';
import type {ActionShape, InstanceShape, ProgressShape} from '../shapes.ts';
import {padEnd, padStart, printableLine} from '../text.ts';
import {actionText, activityText, stateText} from '../words.ts';

/** Shortest time between two lines that only say how far the running step is. */
const activityEveryMs = 10_000;

/**
 * Progress without a terminal: one line per step, `  12.3s   20%  name  step`. Remembers what it said of each instance,
 * so that a repeated report gives no second line.
 */
export class PlainProgress {
  readonly #said = new Map<
    string,
    {state: string; activity: string | null; atMs: number; actions: Map<string, string>}
  >();
  readonly #nameColumns: number;

  constructor(names: readonly string[]) {
    this.#nameColumns = Math.max(0, ...names.map(name => name.length));
  }

  linesFor({instance, action}: ProgressShape, nowMs: number): string[] {
    const said = this.#said.get(instance.id) ?? {
      state: '',
      activity: null,
      atMs: nowMs,
      actions: new Map<string, string>(),
    };
    this.#said.set(instance.id, said);
    const news = [
      ...(action !== null && said.actions.get(action.id) !== action.status
        ? [actionNews(action, said.actions.has(action.id))]
        : []),
      ...(said.state !== instance.state ? [`state: ${stateText(instance.state)}`] : []),
    ];
    if (action !== null) said.actions.set(action.id, action.status);
    said.state = instance.state;
    if (news.length === 0 && isActivityDue(instance, said, nowMs)) news.push(activityText(instance.activity ?? ''));
    if (news.length > 0) Object.assign(said, {activity: instance.activity, atMs: nowMs});
    return news.map(text => this.#line(instance, text, nowMs));
  }

  #line(instance: InstanceShape, text: string, nowMs: number): string {
    const elapsed = padStart(formatDuration(nowMs - Date.parse(instance.createdAt)), 7);
    return `${elapsed}  ${padStart(`${instance.progressPercent}%`, 4)}  ${padEnd(instance.name, this.#nameColumns)}  ${text}`;
  }
}

function actionNews(action: ActionShape, wasAnnounced: boolean): string {
  const what = actionText(action.type);
  if (action.status === 'in_progress') return action.attempts > 1 ? `${what} (try ${action.attempts})` : what;
  const took = action.durationMs === null ? '' : ` in ${formatDuration(action.durationMs)}`;
  if (action.status === 'success') return wasAnnounced ? `${what}: done${took}` : what;
  return `${what}: failed${took}: ${printableLine([action.errorCode, action.errorMessage].filter(part => part !== null).join(': '))}`;
}

function isActivityDue(instance: InstanceShape, said: {activity: string | null; atMs: number}, nowMs: number): boolean {
  return instance.activity !== null && instance.activity !== said.activity && nowMs - said.atMs >= activityEveryMs;
}
