import type {IncomingMessage, ServerResponse} from 'node:http';
import {setTimeout as sleepMs} from 'node:timers/promises';
import type {CallName} from '../wire.ts';
import {correlationHeader} from '../wire.ts';
import {appendCall} from './call-log.ts';
import {CloudError, invalid} from './cloud-error.ts';
import type {ActiveFault, CallSubject} from './faults.ts';
import {refuseBefore, strikeFaults, transportFault} from './faults.ts';
import {answer, answerError, parseObject, readBody} from './http-io.ts';
import {drawLatencyMs} from './latency.ts';
import {machineRoot, writeMachineFile} from './machine.ts';
import type {MockCloud} from './mock-cloud.ts';
import type {Operation} from './operation.ts';
import {findServer} from './servers.ts';
import {runSession} from './session.ts';
import {subjectOf} from './subject.ts';

export interface CallContext {
  readonly cloud: MockCloud;
  readonly cloudDir: string;
  readonly searchPath: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
}

type Outcome = {status: number; errorType: string | null};
const unanswered: Outcome = {status: 0, errorType: null};
const modeDefault = 0o600;
const modeMax = 0o777;

/** One call of the cloud's API: waits as a cloud does, meets the faults that are due, acts, logs. */
export async function serveApiCall(
  context: CallContext,
  route: {call: CallName; zone: string; id: string; run: (operation: Operation) => unknown},
): Promise<void> {
  const body = parseObject(await readBody(context.request));
  const {zone, id} = route;
  const call = {zone, id, body, query: context.url.searchParams};
  await withFaults(context, route.call, call, async (subject, faults) => {
    const result = await context.cloud.perform(route.run, {...call, faults, subject});
    const fault = transportFault(faults);
    if (fault?.kind === 'did-but-reset') return resetConnection(context);
    if (fault?.kind === 'did-but-500')
      throw new CloudError({type: 'server_error', message: fault.message ?? 'injected did-but-500'});
    answer(context.response, 200, result);
    return {status: result === null ? 204 : 200, errorType: null};
  });
}

/** A login on a machine, or a file put there. */
export async function serveMachineCall(context: CallContext, {call, id}: {call: CallName; id: string}): Promise<void> {
  const {cloud, cloudDir, response, url} = context;
  const content = await readBody(context.request);
  await withFaults(context, call, {zone: '', id, body: {}, query: url.searchParams}, async (_subject, faults) => {
    cloud.settle();
    if (faults.some(fault => fault.kind === 'vanish')) cloud.vanish(id);
    const server = findServer({state: cloud.state, id, zone: ''});
    const isReachable = cloud.isReachable(server);
    if (call === 'probeSsh') {
      answer(response, 200, {reachable: isReachable});
      return {status: 200, errorType: null};
    }
    if (!isReachable)
      throw new CloudError({type: 'precondition_failed', precondition: 'ssh_refused', message: 'connection refused'});

    const isCut = transportFault(faults) !== undefined;
    if (call === 'exec') {
      const {searchPath} = context;
      await runSession({cloudDir, serverId: id, searchPath, script: content.toString('utf8'), isCut}, response);
    } else {
      await writeMachineFile(machineRoot(cloudDir, id), url.searchParams.get('path') ?? '', content, modeOf(url));
      if (isCut) return resetConnection(context);
      answer(response, 200, null);
    }
    return {status: 200, errorType: null};
  });
}

async function withFaults(
  context: CallContext,
  name: CallName,
  call: Pick<Operation, 'zone' | 'id' | 'body' | 'query'>,
  act: (subject: CallSubject, faults: readonly ActiveFault[]) => Promise<Outcome>,
): Promise<void> {
  const {cloud, request, response} = context;
  const startedMs = performance.now();
  cloud.settle();
  const {state} = cloud;
  const subject = subjectOf(state, name, call);
  const faults = strikeFaults(state, subject);
  state.callCount += 1;
  const seq = state.callCount;
  if (faults.length > 0) cloud.save();
  await sleepMs(drawLatencyMs(state, 'answer'));

  let outcome: Outcome;
  try {
    const fault = transportFault(faults);
    if (fault?.kind === 'timeout') outcome = await untilCallerLeaves(context);
    else if (fault?.kind === 'reset') outcome = resetConnection(context);
    else {
      refuseBefore(faults, subject);
      outcome = await act(subject, faults);
    }
  } catch (error) {
    outcome = answerError(response, error);
  }

  const correlationId = request.headers[correlationHeader];
  appendCall(context.cloudDir, {
    atMs: cloud.nowMs(),
    seq,
    call: name,
    method: request.method ?? '',
    path: context.url.pathname.slice(0, 300),
    subject: subject.name ?? null,
    correlationId: typeof correlationId === 'string' ? correlationId.slice(0, 100) : null,
    ...outcome,
    faults: faults.map(fault => fault.kind),
    durationMs: Math.round(performance.now() - startedMs),
  });
}

function resetConnection({request}: CallContext): Outcome {
  request.socket.destroy();
  return unanswered;
}

async function untilCallerLeaves({response}: CallContext): Promise<Outcome> {
  await new Promise(resolve => response.once('close', resolve));
  return unanswered;
}

function modeOf(url: URL): number {
  const text = url.searchParams.get('mode');
  const mode = text === null ? modeDefault : Number.parseInt(text, 8);
  if (!(mode >= 0 && mode <= modeMax)) throw invalid(`mode: expected octal permissions, got ${JSON.stringify(text)}`);
  return mode;
}
