import {engineAliveTimeoutMs, engineLogScript} from '../../core/bootstrap/engine-watch.ts';
import {redact} from '../../core/redact.ts';
import type {StepRun, StepTools} from './step.ts';
import {addressOf, shellTarget} from './steps/install.ts';

const evidenceLinesMax = 60;
const lineMaxChars = 500;

/**
 * Before a failed machine goes: the end of the engine's log, into the timeline. Best effort, because what failed may be
 * the way to the machine itself.
 */
export async function keepEvidence(tools: StepTools, run: StepRun): Promise<void> {
  const lines = await readEngineLog(tools, run).catch(() => []);
  if (lines.length > 0) {
    await run.record({actions: [{kind: 'succeed', type: 'WORKER_LOG_FETCH', metadata: {lines}}]});
  }
}

async function readEngineLog(tools: StepTools, run: StepRun): Promise<readonly string[]> {
  const address = await addressOf(tools, run);
  const lines: string[] = [];
  await using shell = await tools.shell.open(shellTarget(run, address));
  await shell.run({
    script: engineLogScript(evidenceLinesMax),
    timeoutMs: engineAliveTimeoutMs,
    onLine: line => {
      if (lines.length < evidenceLinesMax) lines.push(redact(line).slice(0, lineMaxChars));
    },
  });
  return lines;
}
