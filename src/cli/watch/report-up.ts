import type {Screen} from '../../ui/screen.ts';
import {renderFailure, renderFailureCommands} from '../../ui/views/failure-panel.ts';
import {renderLeft} from '../../ui/views/left-panel.ts';
import {renderReady} from '../../ui/views/ready-panel.ts';
import type {InstanceView} from '../api-client.ts';
import type {Output} from '../output.ts';
import type {FollowResult} from './follow.ts';
import {errorCodeOf, exitOf, sortOutcomes} from './outcome.ts';

export interface ReportOptions {
  readonly out: Output;
  readonly screen: Screen;
  readonly serveUrl: string;
}

/** Says how `up` ended and returns its exit status. In JSON the last line has the type `result`. */
export function reportUp({instances, end}: FollowResult, options: ReportOptions): number {
  const outcomes = sortOutcomes(instances, 'ready');
  const {arrived, failed, moving} = outcomes;
  if (options.out.mode.json) {
    const code = errorCodeOf(outcomes);
    options.out.jsonLine({
      type: 'result',
      end: end.kind,
      ready: arrived.length,
      failed: failed.length,
      error: code,
      instances,
    });
    return end.kind === 'interrupted' ? end.exitCode : exitOf(code);
  }

  if (options.out.mode.quiet) {
    for (const instance of arrived) options.out.text(instance.name);
  } else if (arrived.length > 0) {
    options.out.text(renderReady(arrived, options.serveUrl, options.screen));
  }

  for (const instance of failed) reportFailed(instance, options);
  if (end.kind !== 'settled' && moving.length > 0)
    options.out.note(`\n${renderLeft(moving, end.kind, options.screen)}`);
  return end.kind === 'interrupted' ? end.exitCode : exitOf(errorCodeOf(outcomes));
}

function reportFailed(instance: InstanceView, {out, screen}: ReportOptions): void {
  out.note(`\n${[...renderFailure(instance, screen), '', ...renderFailureCommands(instance, screen)].join('\n')}`);
}
