import {pricePerHourText} from '../amounts.ts';
import type {Screen} from '../screen.ts';
import type {InstanceShape} from '../shapes.ts';
import {plural, wrapWords} from '../text.ts';
import {stateText} from '../words.ts';

/** Said when watching ends before the work does: what goes on, what it costs, how to come back and how to stop it. */
export function renderLeft(
  instances: readonly InstanceShape[],
  why: 'interrupted' | 'timed_out',
  screen: Screen,
): string {
  const states = instances.map(each => `${each.name} is ${stateText(each.state)}`).join(', ');
  const perHour = instances.reduce((sum, each) => sum + each.pricePerHourNanos, 0);
  const isLeaving = instances.every(each => each.state === 'terminating');
  const head =
    why === 'interrupted'
      ? `Stopped watching; ${plural(instances.length, 'instance')} stay${instances.length === 1 ? 's' : ''}: ${states}.`
      : `The time to wait is over: ${states}.`;
  return [
    ...wrapWords(head, screen.columns),
    ...commandLines(
      [
        ['Costs', `${pricePerHourText(perHour)} while the server runs`],
        ['Go on', isLeaving ? `inventiv down ${namesOf(instances)}` : resumeCommands(instances)],
        ['', 'or let a running "inventiv serve" go on by itself'],
        ['Tear down', isLeaving ? null : `inventiv down ${namesOf(instances)}`],
      ],
      screen,
    ),
  ].join('\n');
}

/** After `up --detach`: what was recorded, who does the work, how to follow it. */
export function renderDetached(instances: readonly InstanceShape[], screen: Screen): string {
  const dot = ` ${screen.symbols.bullet} `;
  return [
    ...instances.map(
      each =>
        `${screen.style.green(screen.symbols.done)} ${screen.style.bold(each.name)} is recorded${dot}${each.type}${dot}${each.zone}${dot}${pricePerHourText(each.pricePerHourNanos)}`,
    ),
    '',
    ...commandLines(
      [
        ['Work', `a running "inventiv serve" starts ${instances.length === 1 ? 'it' : 'them'}; without one:`],
        ['', resumeCommands(instances)],
        ['Follow', `inventiv wait ${namesOf(instances)}`],
        ['Tear down', `inventiv down ${namesOf(instances)}`],
      ],
      screen,
    ),
  ].join('\n');
}

/** Commands stay on one line, whatever its length, so that they can be copied. */
function commandLines(lines: readonly (readonly [label: string, text: string | null])[], screen: Screen): string[] {
  return lines
    .filter(([, text]) => text !== null)
    .map(([label, text]) => `  ${screen.style.dim(label.padEnd(labelColumns))}${text}`);
}

const labelColumns = 11;

function resumeCommands(instances: readonly InstanceShape[]): string {
  return `inventiv up --resume ${instances.map(each => each.name).join(',')}`;
}

function namesOf(instances: readonly InstanceShape[]): string {
  return instances.map(each => each.name).join(' ');
}
