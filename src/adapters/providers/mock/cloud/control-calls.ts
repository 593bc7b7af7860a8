import type {CloudConfig, FaultSpec} from '../wire.ts';
import {callNames, faultKinds, profileNames} from '../wire.ts';
import {readCalls} from './call-log.ts';
import type {CallContext} from './calls.ts';
import {invalid, notFound} from './cloud-error.ts';
import {answer, parseObject, readBody} from './http-io.ts';

const journalCallsDefault = 1_000;
const advanceMsMax = 366 * 24 * 3_600_000;

/** The hand behind the cloud: what it holds, what it shall do wrong, what time it is. Answers at once and is not logged. */
export async function serveControl(context: CallContext, stop: () => void): Promise<void> {
  const {cloud, request, response, url} = context;
  const body = parseObject(await readBody(request));
  switch (`${request.method} ${url.pathname}`) {
    case 'GET /control/inventory':
      return answer(response, 200, cloud.inventory());
    case 'GET /control/journal':
      return answer(response, 200, {
        calls: readCalls(context.cloudDir, Number(url.searchParams.get('limit')) || journalCallsDefault),
      });
    case 'PUT /control/config':
      cloud.configure(readConfig(body));
      return answer(response, 200, null);
    case 'POST /control/faults':
      cloud.injectFaults(readFaults(body.faults));
      return answer(response, 200, null);
    case 'DELETE /control/faults':
      cloud.clearFaults();
      return answer(response, 200, null);
    case 'POST /control/advance':
      await cloud.advance(readAdvance(body.byMs));
      return answer(response, 200, {nowMs: cloud.nowMs()});
    case 'POST /control/vanish':
      if (cloud.state.servers[String(body.serverId)] === undefined) throw notFound('server', String(body.serverId));
      cloud.vanish(String(body.serverId));
      cloud.settle();
      return answer(response, 200, null);
    case 'POST /control/stop':
      if (body.purge === true) await cloud.purge();
      answer(response, 200, {daemonPid: process.pid});
      return stop();
    default:
      throw notFound('control', url.pathname);
  }
}

/** The caller has validated the scenario, in detail and with its file's name; this only keeps nonsense out. */
function readConfig(body: Readonly<Record<string, unknown>>): CloudConfig {
  const {profile, scenario} = body;
  if (profile !== undefined && !isOneOf(profileNames, profile))
    throw invalid(`profile: expected ${profileNames.join(', ')}`);
  if (scenario !== undefined && (typeof scenario !== 'object' || scenario === null))
    throw invalid('scenario: expected an object');
  return {...(profile === undefined ? {} : {profile}), ...(scenario === undefined ? {} : {scenario})};
}

function readFaults(value: unknown): FaultSpec[] {
  if (!Array.isArray(value)) throw invalid('faults: expected a list');
  return value.map(fault => {
    if (!isFault(fault)) throw invalid(`faults: expected {call: ${callNames[0]}|..., kind: ${faultKinds.join('|')}}`);
    return fault;
  });
}

function isFault(value: unknown): value is FaultSpec {
  if (typeof value !== 'object' || value === null || !('call' in value) || !('kind' in value)) return false;
  return isOneOf([...callNames, '*'], value.call) && isOneOf(faultKinds, value.kind);
}

function readAdvance(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= advanceMsMax) return value;
  throw invalid('byMs: expected milliseconds, at most a year');
}

function isOneOf<Name extends string>(names: readonly Name[], value: unknown): value is Name {
  return names.some(name => name === value);
}
