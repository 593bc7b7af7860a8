import type {Action} from '../core/instance/action.ts';
import type {Instance} from '../core/instance/instance.ts';
import type {Clock} from '../ports/clock.ts';
import type {SecretBox} from '../ports/secrets.ts';
import type {EventStore, InstanceStore} from '../ports/store.ts';
import type {WorkerClient} from '../ports/worker.ts';
import {watchInstances} from './watch-instances.ts';
import {readWorkerLog} from './worker-log.ts';

export interface LogTools {
  readonly instances: InstanceStore;
  readonly events: EventStore;
  readonly worker: WorkerClient;
  readonly secretBox: SecretBox;
  readonly clock: Clock;
}

export type LogSource = 'actions' | 'bootstrap' | 'agent' | 'engine';

export interface LogLine {
  readonly atMs: number | null;
  readonly source: LogSource;
  readonly level: 'info' | 'warning' | 'error';
  readonly text: string;
}

export interface LogRequest {
  readonly source: LogSource;
  readonly tailLines: number;
  readonly follow: boolean;
  readonly signal: AbortSignal;
}

const followPollMs = 1000;
const workerTailMax = 2000;

/** The log of one instance: its actions, the output of its bootstrap, or what its agent or engine wrote. */
export async function* readLogs(tools: LogTools, instance: Instance, request: LogRequest): AsyncGenerator<LogLine> {
  if (request.source === 'agent' || request.source === 'engine') {
    yield* workerLog(tools, instance, request.source, request);
  } else {
    yield* readActionLog(tools, instance, request);
  }
}

async function* readActionLog(tools: LogTools, instance: Instance, request: LogRequest): AsyncGenerator<LogLine> {
  const render = request.source === 'bootstrap' ? bootstrapOutput : (action: Action) => [actionLine(action)];
  if (!request.follow) {
    const actions = await tools.instances.actions({organizationId: instance.organizationId}, instance.id);
    yield* actions.flatMap(render).slice(-request.tailLines);
    return;
  }

  for await (const {action} of watchInstances(tools, [instance.id], {signal: request.signal})) {
    if (action !== null) yield* render(action);
  }
}

function actionLine(action: Action): LogLine {
  const took = action.finishedAtMs === null ? '' : ` in ${action.finishedAtMs - action.startedAtMs} ms`;
  const tries = action.attempts > 1 ? ` (try ${action.attempts})` : '';
  const error = action.errorMessage === null ? '' : `: ${action.errorMessage}`;
  return {
    atMs: action.finishedAtMs ?? action.startedAtMs,
    source: 'actions',
    level: action.status === 'failed' ? 'error' : 'info',
    text: `${action.type} ${action.status.replace('_', ' ')}${took}${tries}${error}`,
  };
}

/** Output tails the install kept, phase by phase. */
export function bootstrapOutput(action: Action): readonly LogLine[] {
  if (action.type !== 'WORKER_SSH_INSTALL') return [];
  return Object.entries(action.metadata)
    .filter(([key]) => key.startsWith('phase:'))
    .flatMap(([key, phase]) => phaseLines(action, key.slice('phase:'.length), phase));
}

function phaseLines(action: Action, name: string, phase: Action['metadata'][string]): readonly LogLine[] {
  const output =
    typeof phase === 'object' && phase !== null && 'output' in phase && Array.isArray(phase.output) ? phase.output : [];
  return output.map(text => ({
    atMs: action.startedAtMs,
    source: 'bootstrap',
    level: 'info',
    text: `${name}: ${String(text)}`,
  }));
}

async function* workerLog(
  tools: LogTools,
  instance: Instance,
  source: 'agent' | 'engine',
  {tailLines, follow, signal}: LogRequest,
): AsyncGenerator<LogLine> {
  if (instance.endpoint === null) {
    const actions = await tools.instances.actions({organizationId: instance.organizationId}, instance.id);
    const kept = keptEngineLog(source, actions);
    const text = `"${instance.name}" is ${instance.state}: it has no worker to read from.`;
    yield* kept.length > 0 ? kept.slice(-tailLines) : [{atMs: null, source, level: 'warning', text} as const];
    return;
  }

  let before: readonly string[] = [];
  do {
    const count = Math.min(follow ? workerTailMax : tailLines, workerTailMax);
    const lines = await readWorkerLog(tools, instance, source, count, signal);
    if (lines === null && before.length === 0) {
      yield {atMs: null, source, level: 'warning', text: 'The agent did not answer.'};
    }

    const fresh = lines === null ? [] : linesAfter(before, lines);
    yield* fresh.slice(-tailLines).map(text => ({atMs: null, source, level: 'info', text}) as const);
    before = lines ?? before;
    if (follow) await tools.clock.sleep(followPollMs, signal);
  } while (follow && !signal.aborted);
}

/** What was kept of the engine's log when the start failed. */
function keptEngineLog(source: LogSource, actions: readonly Action[]): readonly LogLine[] {
  const lines =
    source === 'engine' ? actions.findLast(action => action.type === 'WORKER_LOG_FETCH')?.metadata.lines : null;
  return Array.isArray(lines) ? lines.map(text => ({atMs: null, source, level: 'info', text: String(text)})) : [];
}

/** What a later tail has beyond an earlier one, by the longest overlap of its start with the earlier end. */
export function linesAfter(before: readonly string[], now: readonly string[]): readonly string[] {
  for (let overlap = Math.min(before.length, now.length); overlap > 0; overlap--) {
    const from = before.length - overlap;
    if (now.slice(0, overlap).every((line, index) => line === before[from + index])) return now.slice(overlap);
  }

  return now;
}
