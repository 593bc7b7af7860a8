import {clockText} from '../amounts.ts';
import type {Screen} from '../screen.ts';
import type {EventShape, LogLineShape} from '../shapes.ts';
import {padEnd, printable, printableLine, textWidth, truncateEnd} from '../text.ts';

/** One log line; never cut, for it may be copied into a report. */
export function renderLogLine(line: LogLineShape, screen: Screen): string {
  const text = printable(line.text).trimEnd();
  const painted =
    line.level === 'error' ? screen.style.red(text) : line.level === 'warning' ? screen.style.yellow(text) : text;
  return line.at === null ? painted : `${screen.style.dim(clockText(line.at))} ${painted}`;
}

/** Facts that every event repeats, or that are only for programs. */
const unshownFacts: readonly string[] = ['name', 'instanceId', 'metadata'];

/** `14:03:22  instance.state_changed  prod-1  from=starting to=ready`; the facts are cut to the screen. */
export function renderEvent(event: EventShape, screen: Screen): string {
  const subject = typeof event.payload.name === 'string' ? event.payload.name : event.subjectId;
  const head = `${clockText(event.at)}  ${padEnd(printableLine(event.type), 22)}  ${printableLine(subject)}`;
  const facts = Object.entries(event.payload)
    .filter(([key, value]) => !unshownFacts.includes(key) && value !== null)
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const room = screen.columns - textWidth(head) - 2;
  const shown = truncateEnd(printableLine(facts.join(' ')), room, screen.symbols.ellipsis);
  return room < 10 || shown === '' ? head : `${head}  ${screen.style.dim(shown)}`;
}
