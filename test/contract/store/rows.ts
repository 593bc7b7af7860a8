import type {UsageRecord} from '../../../src/core/finops/usage.ts';
import type {Instance, InstanceSpec} from '../../../src/core/instance/instance.ts';
import type {Resource} from '../../../src/core/instance/resource.ts';
import type {ModelSpec} from '../../../src/core/model/model.ts';
import type {ApiKey} from '../../../src/core/tenancy/api-key.ts';
import type {OrgScope} from '../../../src/core/tenancy/org-scope.ts';
import type {WorkerSample} from '../../../src/core/worker/protocol.ts';
import type {Clock} from '../../../src/ports/clock.ts';
import type {Ids} from '../../../src/ports/ids.ts';
import type {NewInstance} from '../../../src/ports/instances.ts';

/** What the builders below take ids, times and owners from. */
export interface RowSource {
  readonly ids: Ids;
  readonly clock: Clock;
  readonly scope: OrgScope;
  readonly userId: string;
}

export function newInstance(bench: RowSource, overrides: Partial<Instance> = {}): NewInstance {
  const instance = anInstance(bench, overrides);
  return {
    instance,
    resources: [aResource(bench, instance.id, {kind: 'server'})],
    actions: [{type: 'REQUEST_CREATE', metadata: {by: 'test'}}],
    reason: 'requested',
  };
}

export function anInstance({ids, clock, scope}: RowSource, overrides: Partial<Instance> = {}): Instance {
  const nowMs = clock.nowMs();
  return {
    id: ids.next('instance'),
    organizationId: scope.organizationId,
    name: 'first',
    provider: 'mock',
    zone: 'mock-1',
    instanceType: 'L4-1-24G',
    gpuCount: 1,
    spec: aSpec(),
    state: 'provisioning',
    stateReason: 'requested',
    stateSinceMs: nowMs,
    failure: null,
    endpoint: null,
    workerKeySealed: 'sealed',
    agentVersion: null,
    agentSha256: null,
    lease: null,
    pricePerHourNanos: 787_500_000,
    limits: null,
    activity: null,
    correlationId: 'cor_test',
    createdAtMs: nowMs,
    billedFromMs: null,
    billedUntilMs: null,
    spentBeforeNanos: 0,
    readyAtMs: null,
    terminatedAtMs: null,
    archivedAtMs: null,
    lastSeenAtMs: null,
    consecutiveFailures: 0,
    breaker: null,
    ...overrides,
  };
}

export function aSpec(overrides: Partial<InstanceSpec> = {}): InstanceSpec {
  return {
    modelHfId: 'Qwen/Qwen2.5-0.5B-Instruct',
    servedModelName: 'Qwen/Qwen2.5-0.5B-Instruct',
    maxModelLen: 8192,
    task: 'generate',
    mode: 'mono',
    runtime: 'native',
    diskGb: 150,
    image: null,
    engineArgs: ['Qwen/Qwen2.5-0.5B-Instruct', '--port', '8000'],
    engineCommand: null,
    openPorts: [8000],
    sourceRanges: ['0.0.0.0/0'],
    onFailure: 'keep',
    keepFailedMs: 1_800_000,
    readyDeadlineMs: 600_000,
    ...overrides,
  };
}

export function aResource(
  {ids, clock, scope}: RowSource,
  instanceId: string,
  overrides: Partial<Resource> = {},
): Resource {
  const id = ids.next('resource');
  return {
    id,
    organizationId: scope.organizationId,
    instanceId,
    kind: 'volume',
    provider: 'mock',
    zone: 'mock-1',
    providerId: null,
    name: `inventiv-${id}`,
    status: 'planned',
    providerType: null,
    sizeBytes: null,
    iops: null,
    isBoot: false,
    deleteOnTerminate: true,
    address: null,
    deleteAttempts: 0,
    nextAttemptAtMs: null,
    lastError: null,
    createdAtMs: clock.nowMs(),
    attachedAtMs: null,
    detachedAtMs: null,
    deletingAtMs: null,
    deletedAtMs: null,
    reconciledAtMs: null,
    lastReconciliationAtMs: null,
    ...overrides,
  };
}

export function aKey({ids, clock, scope, userId}: RowSource, overrides: Partial<ApiKey> = {}): ApiKey {
  const id = ids.next('apiKey');
  return {
    id,
    organizationId: scope.organizationId,
    userId,
    name: 'laptop',
    prefix: 'inv-AbCdEf',
    hash: `hash-of-${id}`,
    previousHash: null,
    previousValidUntilMs: null,
    caps: null,
    scopes: ['inference', 'models'],
    models: null,
    createdAtMs: clock.nowMs(),
    expiresAtMs: null,
    revokedAtMs: null,
    lastUsedAtMs: null,
    ...overrides,
  };
}

export function aModel(overrides: Partial<ModelSpec> = {}): ModelSpec {
  return {
    id: 'qwen2.5-0.5b-instruct',
    hfId: 'Qwen/Qwen2.5-0.5B-Instruct',
    displayName: 'Qwen2.5 0.5B Instruct',
    active: true,
    gated: false,
    task: 'generate',
    precision: 'bf16',
    weightsBytes: 988_000_000,
    architecture: {layers: 24, attentionLayers: 24, attentionHeads: 14, kvHeads: 2, headDim: 64},
    contextMaxTokens: 32_768,
    defaultMaxModelLen: 16_384,
    vllmMinVersion: '0.6.0',
    extraArgs: [],
    ...overrides,
  };
}

export function aUsageRecord(
  {ids, clock, scope, userId}: RowSource,
  overrides: Partial<UsageRecord> = {},
): UsageRecord {
  return {
    requestId: ids.next('request'),
    organizationId: scope.organizationId,
    keyId: 'key_test',
    userId,
    modelHfId: 'Qwen/Qwen2.5-0.5B-Instruct',
    instanceId: null,
    endpoint: '/v1/chat/completions',
    streamed: true,
    outcome: 'completed',
    httpStatus: 200,
    promptTokens: 10,
    cachedPromptTokens: 4,
    completionTokens: 5,
    reasoningTokens: 2,
    audioMs: 0,
    attempts: 1,
    estimated: false,
    startedAtMs: clock.nowMs(),
    finishedAtMs: clock.nowMs() + 80,
    firstTokenMs: 12,
    priceId: null,
    amountNanos: 1500,
    ...overrides,
  };
}

export function aSample(instanceId: string, overrides: Partial<WorkerSample> = {}): WorkerSample {
  return {
    instanceId,
    atMs: 1,
    status: 'ready',
    phase: null,
    running: 2,
    waiting: null,
    kvUsage: 0.25,
    promptTokens: 100,
    generationTokens: 50,
    ttftMs: 31.5,
    gpuUtilPercent: null,
    gpuMemoryUsedMib: null,
    gpuMemoryTotalMib: null,
    cpuPercent: null,
    memoryUsedBytes: null,
    payload: '{"protocol":2}',
    ...overrides,
  };
}
