import type {Screen} from './screen.ts';

/** One entry of a structured log. */
export interface LogEntry {
  readonly atMs: number;
  readonly level: 'info' | 'warn' | 'error';
  readonly event: string;
  readonly fields: Readonly<Record<string, string | number | boolean | null>>;
}

/** For machines: one JSON object per line, ISO time first. */
export function jsonLogLine({atMs, level, event, fields}: LogEntry): string {
  return JSON.stringify({time: new Date(atMs).toISOString(), level, event, ...fields});
}

/** For people: time of day, what happened, the facts. */
export function plainLogLine({atMs, level, event, fields}: LogEntry, {style}: Screen): string {
  const time = style.dim(new Date(atMs).toISOString().slice(11, 19));
  const paint = level === 'error' ? style.red : level === 'warn' ? style.yellow : (text: string) => text;
  const facts = Object.entries(fields).map(([name, value]) => `${style.dim(`${name}=`)}${String(value)}`);
  return [time, paint(event.replaceAll('_', ' ')), ...facts].join('  ');
}
