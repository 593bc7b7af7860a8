import type {Goal} from '../../ui/live/watched.ts';
import type {Screen} from '../../ui/screen.ts';
import {renderFailure, renderFailureCommands} from '../../ui/views/failure-panel.ts';
import {renderLeft} from '../../ui/views/left-panel.ts';
import {renderTornDown} from '../../ui/views/teardown-view.ts';
import type {Output} from '../output.ts';
import type {FollowResult} from './follow.ts';
import {errorCodeOf, exitOf, sortOutcomes} from './outcome.ts';

/** Says how `wait` or `down` ended and returns the exit status. In JSON the last line has the type `result`. */
export function reportWait(
  {instances, end}: FollowResult,
  goal: Goal,
  {out, screen}: {out: Output; screen: Screen},
): number {
  const outcomes = sortOutcomes(instances, goal);
  const code = errorCodeOf(outcomes);
  const exitCode = end.kind === 'interrupted' ? end.exitCode : exitOf(code);
  if (out.mode.json) {
    out.jsonLine({
      type: 'result',
      end: end.kind,
      arrived: outcomes.arrived.length,
      failed: outcomes.failed.length,
      error: code,
      instances,
    });
    return exitCode;
  }

  if (out.mode.quiet) {
    for (const instance of outcomes.arrived) out.text(instance.name);
    return exitCode;
  }

  if (outcomes.arrived.length > 0) {
    out.text(
      goal === 'terminated'
        ? renderTornDown(outcomes.arrived, screen)
        : outcomes.arrived.map(each => `${screen.style.green(screen.symbols.done)} ${each.name} is ready`).join('\n'),
    );
  }

  for (const instance of outcomes.failed)
    out.note(['', ...renderFailure(instance, screen), '', ...renderFailureCommands(instance, screen)].join('\n'));
  if (outcomes.moving.length > 0)
    out.note(`\n${renderLeft(outcomes.moving, end.kind === 'interrupted' ? 'interrupted' : 'timed_out', screen)}`);
  return exitCode;
}
