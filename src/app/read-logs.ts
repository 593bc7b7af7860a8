import type {Action} from '../core/instance/action.ts';
import type {Instance} from '../core/instance/instance.ts';
import type {Clock} from '../ports/clock.ts';
import type {InstanceStore} from '../ports/instances.ts';
import type {SecretBox} from '../ports/secrets.ts';
import type {EventStore} from '../ports/store.ts';
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
  /** Nothing older; null: no limit. Lines that tell no time are shown. */
  readonly sinceMs: number | null;
  readonly follow: boolean;
  readonly signal: AbortSignal;
}

const followPollMs = 1000;

/** The log of one instance: its actions, the output of its bootstrap, or what its agent or engine wrote. */
export async function* readLogs(tools: LogTools, instance: Instance, request: LogRequest): AsyncGenerator<LogLine> {
  if (request.source === 'agent' || request.source === 'engine') {
    yield* workerLog(tools, instance, request.source, request);
  } else {
    yield* readActionLog(tools, instance, request);
  }
}

async function* readActionLog(tools: LogTools, instance: Instance, request: LogRequest): AsyncGenerator<LogLine> {
  const scope = {organizationId: instance.organizationId};
  const isWanted = ({atMs}: LogLine) => request.sinceMs === null || (atMs ?? 0) >= request.sinceMs;
  const past = (await tools.instances.actions(scope, instance.id)).flatMap(linesOf(request.source)).filter(isWanted);
  if (!request.follow) {
    yield* past.map(withoutKey).slice(-request.tailLines);
    return;
  }

  // What is older than the tail counts as told; every other line is told once, whatever else changes.
  const told = new Set(past.slice(0, -request.tailLines).map(({key}) => key));
  for await (const {file} of watchInstances(tools, [instance.id], {signal: request.signal})) {
    const fresh = file.actions.flatMap(linesOf(request.source)).filter(line => isWanted(line) && !told.has(line.key));
    for (const line of fresh) told.add(line.key);
    yield* fresh.map(withoutKey);
  }
}

/** A line with what tells it from all others of its instance. */
type KeyedLine = LogLine & {readonly key: string};

function linesOf(source: LogSource): (action: Action) => readonly KeyedLine[] {
  return source === 'bootstrap' ? bootstrapOutput : action => [actionLine(action)];
}

function withoutKey({key: _, ...line}: KeyedLine): LogLine {
  return line;
}

function actionLine(action: Action): KeyedLine {
  const took = action.finishedAtMs === null ? '' : ` in ${action.finishedAtMs - action.startedAtMs} ms`;
  const tries = action.attempts > 1 ? ` (try ${action.attempts})` : '';
  const error = action.errorMessage === null ? '' : `: ${action.errorMessage}`;
  return {
    key: `${action.id} ${action.status} ${action.attempts}`,
    atMs: action.finishedAtMs ?? action.startedAtMs,
    source: 'actions',
    level: action.status === 'failed' ? 'error' : 'info',
    text: `${action.type} ${action.status.replace('_', ' ')}${took}${tries}${error}`,
  };
}

/** Output tails the install kept, phase by phase. */
export function bootstrapOutput(action: Action): readonly KeyedLine[] {
  if (action.type !== 'WORKER_SSH_INSTALL') return [];
  return Object.entries(action.metadata)
    .filter(([key]) => key.startsWith('phase:'))
    .flatMap(([key, phase]) => phaseLines(action, key.slice('phase:'.length), phase));
}

function phaseLines(action: Action, name: string, phase: Action['metadata'][string]): readonly KeyedLine[] {
  const output =
    typeof phase === 'object' && phase !== null && 'output' in phase && Array.isArray(phase.output) ? phase.output : [];
  return output.map((text, index) => ({
    key: `${action.id} ${action.attempts} ${name} ${index}`,
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
  {tailLines, sinceMs, follow, signal}: LogRequest,
): AsyncGenerator<LogLine> {
  if (instance.endpoint === null) {
    const actions = await tools.instances.actions({organizationId: instance.organizationId}, instance.id);
    const kept = keptEngineLog(source, actions);
    const text = `"${instance.name}" is ${instance.state}: it has no worker to read from.`;
    yield* kept.length > 0 ? kept.slice(-tailLines) : [{atMs: null, source, level: 'warning', text} as const];
    return;
  }

  let after: string | null = null;
  let isFirst = true;
  do {
    const page = await readWorkerLog(tools, instance, source, {tailLines, sinceMs, after}, signal);
    if (page === null && isFirst) yield {atMs: null, source, level: 'warning', text: 'The agent did not answer.'};
    if (page !== null) yield* page.lines.map(text => ({atMs: null, source, level: 'info', text}) as const);
    isFirst = false;
    const hasMore = page?.hasMore === true && after !== null;
    after = page?.cursor ?? after;
    if (!follow) return;
    if (page !== null && after === null) {
      const text = `The agent is too old to be followed. Renew it: inventiv reinstall ${instance.name}`;
      yield {atMs: null, source, level: 'warning', text};
      return;
    }

    if (!hasMore) await tools.clock.sleep(followPollMs, signal);
  } while (!signal.aborted);
}

/** What was kept of the engine's log when the start failed. */
function keptEngineLog(source: LogSource, actions: readonly Action[]): readonly LogLine[] {
  const lines =
    source === 'engine' ? actions.findLast(action => action.type === 'WORKER_LOG_FETCH')?.metadata.lines : null;
  return Array.isArray(lines) ? lines.map(text => ({atMs: null, source, level: 'info', text: String(text)})) : [];
}
