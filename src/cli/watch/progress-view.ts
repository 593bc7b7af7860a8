import {PlainProgress} from '../../ui/live/plain-lines.ts';
import type {Goal} from '../../ui/live/watched.ts';
import type {Screen} from '../../ui/screen.ts';
import type {InstanceView, ProgressView} from '../api-client.ts';
import type {Output} from '../output.ts';

/** Shows progress while it comes; `close` gives the terminal back before anything else is printed. */
export interface ProgressDisplay {
  report(progress: ProgressView): void;
  close(): Promise<void>;
}

export interface DisplayOptions {
  readonly instances: readonly InstanceView[];
  readonly goal: Goal;
  readonly out: Output;
  readonly isInteractive: boolean;
  readonly stdout: NodeJS.WriteStream;
  screenNow(): Screen;
}

/** A terminal gets the live view, a script JSON lines, a log plain lines, and --quiet nothing. */
export async function openDisplay(options: DisplayOptions): Promise<ProgressDisplay> {
  if (options.out.mode.json) return jsonDisplay(options.out);
  if (options.out.mode.quiet) return {report: () => undefined, close: async () => undefined};
  if (!options.isInteractive) return plainDisplay(options);
  const {runLive} = await import('../../ui/live/run-live.tsx');
  return runLive(options);
}

function jsonDisplay(out: Output): ProgressDisplay {
  return {
    report: progress => out.jsonLine({type: 'progress', ...progress}),
    close: async () => undefined,
  };
}

function plainDisplay({instances, goal, out, screenNow}: DisplayOptions): ProgressDisplay {
  const progress = new PlainProgress(
    instances.map(instance => instance.name),
    {goal, sinceMs: screenNow().nowMs},
  );
  return {
    report: report => {
      for (const line of progress.linesFor(report, screenNow().nowMs)) out.note(line);
    },
    close: async () => undefined,
  };
}
