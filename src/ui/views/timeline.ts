import {formatDuration} from '../../core/time.ts';
import type {Screen} from '../screen.ts';
import type {ActionShape} from '../shapes.ts';
import {padEnd, padStart, printableLine, textWidth, truncateEnd} from '../text.ts';
import {actionTitle} from '../words.ts';

const barColumnsMax = 40;
const barColumnsMin = 8;
const labelColumnsMax = 60;

/** Each action as a line: mark, what, how long, and a bar placed where it ran between the first and the last. */
export function renderTimeline(actions: readonly ActionShape[], screen: Screen): string[] {
  if (actions.length === 0) return ['nothing done yet'];
  const span = spanOf(actions, screen.nowMs);
  const labels = actions.map(action => labelOf(action));
  const labelColumns = Math.max(...labels.map(textWidth));
  const barColumns = Math.min(barColumnsMax, screen.columns - labelColumns - durationColumns - 8);
  return actions.flatMap((action, index) => {
    const took = padStart(formatDuration(durationMs(action, screen.nowMs)), durationColumns);
    const bar = barColumns >= barColumnsMin ? `  ${placedBar(action, span, barColumns, screen)}` : '';
    const line = `${mark(action, screen)} ${padEnd(labels[index] ?? '', labelColumns)}  ${took}${bar}`;
    return [line.trimEnd(), ...errorLines(action, screen)];
  });
}

const durationColumns = 7;

interface Span {
  readonly fromMs: number;
  readonly lengthMs: number;
}

function spanOf(actions: readonly ActionShape[], nowMs: number): Span {
  const fromMs = Math.min(...actions.map(action => Date.parse(action.startedAt)));
  const untilMs = Math.max(...actions.map(action => endMs(action, nowMs)));
  return {fromMs, lengthMs: Math.max(1, untilMs - fromMs)};
}

function placedBar(action: ActionShape, span: Span, columns: number, screen: Screen): string {
  const start = Math.min(
    columns - 1,
    Math.floor(((Date.parse(action.startedAt) - span.fromMs) / span.lengthMs) * columns),
  );
  const length = Math.max(1, Math.round((durationMs(action, screen.nowMs) / span.lengthMs) * columns));
  const bar = screen.symbols.barFull.repeat(Math.min(length, columns - start));
  const paint =
    action.status === 'failed'
      ? screen.style.red
      : action.status === 'success'
        ? screen.style.cyan
        : screen.style.yellow;
  return `${' '.repeat(start)}${paint(bar)}`;
}

function labelOf(action: ActionShape): string {
  const title = truncateEnd(actionTitle(action), labelColumnsMax, '...');
  return action.attempts > 1 ? `${title} (${action.attempts} tries)` : title;
}

function mark(action: ActionShape, screen: Screen): string {
  if (action.status === 'success') return screen.style.green(screen.symbols.done);
  if (action.status === 'failed') return screen.style.red(screen.symbols.failed);
  return screen.style.yellow(screen.symbols.pending);
}

function errorLines(action: ActionShape, screen: Screen): string[] {
  if (action.status !== 'failed' || action.errorMessage === null) return [];
  const code = action.errorCode === null ? '' : `${action.errorCode}: `;
  return [
    `  ${screen.style.red(truncateEnd(`${code}${printableLine(action.errorMessage)}`, screen.columns - 2, screen.symbols.ellipsis))}`,
  ];
}

function durationMs(action: ActionShape, nowMs: number): number {
  return action.durationMs ?? Math.max(0, nowMs - Date.parse(action.startedAt));
}

function endMs(action: ActionShape, nowMs: number): number {
  return action.finishedAt === null ? Math.max(nowMs, Date.parse(action.startedAt)) : Date.parse(action.finishedAt);
}
