import type {CallName, FaultKind, FaultSpec} from '../wire.ts';
import {CloudError} from './cloud-error.ts';
import {draw} from './latency.ts';
import type {CloudState, FaultRecord} from './state.ts';

/** What a call is about, for faults that name a zone, type or thing. */
export interface CallSubject {
  readonly call: CallName;
  readonly zone?: string | undefined;
  readonly instanceType?: string | undefined;
  readonly name?: string | undefined;
}

export type ActiveFault = Pick<FaultSpec, 'kind' | 'status' | 'message' | 'delayMs'>;

/** Kinds that mean the same for every call; the others are read by the operation itself. */
const transportKinds: readonly FaultKind[] = ['timeout', 'reset', 'did-but-reset', 'did-but-500'];

/** Counts the call against every fault that matches it and returns those that strike now. */
export function strikeFaults(state: CloudState, subject: CallSubject): ActiveFault[] {
  const struck: ActiveFault[] = [];
  for (const fault of state.faults) {
    if (!isMatching(fault, subject)) continue;
    fault.seen += 1;
    const first = fault.nth ?? 1;
    const times = fault.times ?? 1;
    if (fault.seen < first || (times !== 'always' && fault.seen >= first + times)) continue;
    fault.fired += 1;
    struck.push(fault);
  }

  return struck.length === 0 && state.profile === 'flaky' ? flakyFaults(state, subject.call) : struck;
}

/** Throws the refusals that happen before anything is done. */
export function refuseBefore(faults: readonly ActiveFault[], subject: CallSubject): void {
  for (const fault of faults) {
    const refusal = refusalOf(fault, subject);
    if (refusal !== null) throw refusal;
  }
}

export function transportFault(faults: readonly ActiveFault[]): ActiveFault | undefined {
  return faults.find(fault => transportKinds.includes(fault.kind));
}

export function faultDelayMs(faults: readonly ActiveFault[], kind: FaultKind): number {
  const fault = faults.find(candidate => candidate.kind === kind);
  return fault === undefined ? 0 : (fault.delayMs ?? 60_000);
}

function refusalOf(fault: ActiveFault, subject: CallSubject): CloudError | null {
  const message = fault.message ?? `injected ${fault.kind} at ${subject.call}`;
  switch (fault.kind) {
    case 'error':
      return new CloudError({type: 'server_error', message}, fault.status ?? 500);
    case 'rate-limit':
      return new CloudError({type: 'too_many_requests', message});
    case 'auth':
      return new CloudError({type: 'denied_authentication', message});
    case 'forbidden':
      return new CloudError({type: 'permissions_denied', message});
    case 'no_capacity':
      return new CloudError({type: 'out_of_stock', message, resource: subject.instanceType ?? 'server'});
    case 'quota':
      return new CloudError({type: 'quotas_exceeded', message, resource: subject.instanceType ?? 'servers'});
    case 'refuse-delete':
      return new CloudError({type: 'precondition_failed', precondition: 'resource_still_in_use', message});
    default:
      return null;
  }
}

/** The flaky profile: one call in nine meets trouble, and one machine in eight is out of stock. */
function flakyFaults(state: CloudState, call: CallName): ActiveFault[] {
  const luck = draw(state);
  if (call === 'createServer' && luck < 0.125) return [{kind: 'no_capacity', message: 'out of stock just now'}];
  if (luck >= 0.89 && luck < 0.93) return [{kind: 'error', status: 503, message: 'service unavailable'}];
  if (luck >= 0.93 && luck < 0.96) return [{kind: 'rate-limit', message: 'too many requests'}];
  if (luck >= 0.96 && luck < 0.98) return [{kind: 'reset'}];
  if (luck >= 0.98) return [{kind: 'did-but-500', message: 'internal error'}];
  return [];
}

function isMatching(fault: FaultRecord, subject: CallSubject): boolean {
  return (
    (fault.call === '*' || fault.call === subject.call) &&
    (fault.zone === undefined || fault.zone === subject.zone) &&
    (fault.instanceType === undefined || fault.instanceType === subject.instanceType) &&
    (fault.name === undefined || fault.name === subject.name)
  );
}
