import type {Action, ActionStatus, ActionType} from '../../src/core/instance/action.ts';
import type {Instance} from '../../src/core/instance/instance.ts';

/** A valid instance as data, in `provisioning`; what matters to a test is given. */
export function someInstance({
  spec,
  ...facts
}: Omit<Partial<Instance>, 'spec'> & {spec?: Partial<Instance['spec']>} = {}): Instance {
  return {
    id: 'ins_0000000000aaaaaaaaaaaaaaaa',
    organizationId: 'org_0000000000aaaaaaaaaaaaaaaa',
    name: 'one',
    provider: 'mock',
    zone: 'mock-1',
    instanceType: 'MOCK-L4-1-24G',
    gpuCount: 1,
    spec: {
      modelHfId: 'a/model',
      servedModelName: 'a/model',
      task: 'generate',
      maxModelLen: 4096,
      mode: 'mono',
      runtime: 'native',
      diskGb: 200,
      image: null,
      engineArgs: ['a/model'],
      engineCommand: null,
      openPorts: [22, 8000, 8080],
      sourceRanges: ['0.0.0.0/0'],
      onFailure: 'terminate',
      keepFailedMs: 3_600_000,
      readyDeadlineMs: 600_000,
      ...spec,
    },
    state: 'provisioning',
    stateReason: null,
    stateSinceMs: 1000,
    failure: null,
    endpoint: null,
    workerKeySealed: 'v1.sealed',
    agentVersion: null,
    agentSha256: null,
    lease: null,
    pricePerHourNanos: 1_000_000_000,
    limits: null,
    activity: null,
    correlationId: 'cor_test',
    createdAtMs: 1000,
    billedFromMs: null,
    billedUntilMs: null,
    spentBeforeNanos: 0,
    readyAtMs: null,
    terminatedAtMs: null,
    archivedAtMs: null,
    lastSeenAtMs: null,
    consecutiveFailures: 0,
    breaker: null,
    ...facts,
  };
}

/** A timeline: one action per entry, each a type or a type with its status. */
export function someActions(...entries: readonly (ActionType | readonly [ActionType, ActionStatus])[]): Action[] {
  return entries.map((entry, index) => {
    const [type, status] = typeof entry === 'string' ? [entry, 'success' as const] : entry;
    return {
      id: `act_${index}`,
      organizationId: 'org_0000000000aaaaaaaaaaaaaaaa',
      instanceId: 'ins_0000000000aaaaaaaaaaaaaaaa',
      type,
      status,
      attempts: 1,
      startedAtMs: 1000 + index,
      finishedAtMs: status === 'in_progress' ? null : 1000 + index,
      errorCode: null,
      errorMessage: null,
      correlationId: 'cor_test',
      metadata: {},
    };
  });
}
