import type {LimitName} from '../core/finops/limits.ts';
import type {ActionType} from '../core/instance/action.ts';
import type {ResourceKind} from '../core/instance/resource.ts';
import type {InstanceState} from '../core/instance/state.ts';

/**
 * What the views read of each thing, no more. The shapes of the API satisfy these; times are ISO 8601 strings, money is
 * integer nano-EUR.
 */
export interface InstanceShape {
  readonly id: string;
  readonly name: string;
  readonly provider: string;
  readonly zone: string;
  readonly type: string;
  readonly gpuCount: number;
  readonly model: string;
  readonly state: InstanceState;
  readonly stateReason: string | null;
  readonly stateSince: string;
  readonly progressPercent: number;
  readonly activity: string | null;
  readonly openaiUrl: string | null;
  readonly agentVersion: string | null;
  readonly leftAlone: {readonly since: string; readonly reason: string} | null;
  readonly failure: FailureShape | null;
  readonly pricePerHourNanos: number;
  readonly costSoFarNanos: number;
  readonly limits: LimitsShape | null;
  readonly correlationId: string;
  readonly createdAt: string;
  readonly readyAt: string | null;
  readonly terminatedAt: string | null;
  readonly driven: boolean;
}

/** After which an instance ends by itself; null fields are limits it does not have. */
export interface LimitsShape {
  readonly ttlMs: number | null;
  readonly spendMaxNanos: number | null;
  readonly idleTimeoutMs: number | null;
  readonly endsAt: string | null;
  readonly endsBy: LimitName | null;
  readonly timeLeftMs: number | null;
  readonly spendLeftNanos: number | null;
}

export interface FailureShape {
  /** Of the error catalogue; `code` may be finer, a diagnosis. */
  readonly errorCode: string;
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
  readonly evidenceLines?: readonly string[] | undefined;
  readonly at: string;
}

export interface DiagnosisShape {
  readonly code: string;
  readonly cause: string;
  readonly advice: string | null;
  readonly evidenceLines: readonly string[];
  readonly lineNumber: number | null;
  readonly alsoSeen: readonly {readonly code: string; readonly lineNumber: number}[];
  readonly isEarlierAttempt: boolean;
}

export interface ActionShape {
  readonly id: string;
  readonly type: ActionType;
  readonly status: 'in_progress' | 'success' | 'failed';
  readonly attempts: number;
  readonly startedAt: string;
  readonly finishedAt: string | null;
  readonly durationMs: number | null;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly metadata: Readonly<Record<string, unknown>>;
}

export interface ResourceShape {
  readonly kind: ResourceKind;
  readonly providerId: string | null;
  readonly name: string;
  readonly status: 'planned' | 'creating' | 'attached' | 'detached' | 'deleting' | 'deleted';
  readonly providerType: string | null;
  readonly sizeBytes: number | null;
  readonly address: string | null;
  readonly isBoot: boolean;
  readonly deleteOnTerminate: boolean;
  readonly createdAt: string;
  readonly deletedAt: string | null;
}

export interface StateChangeShape {
  readonly from: InstanceState | null;
  readonly to: InstanceState;
  readonly reason: string;
  readonly at: string;
}

export interface InstanceDetailShape {
  readonly instance: InstanceShape;
  readonly agent: {
    readonly version: string | null;
    readonly sha256: string | null;
    readonly runs: {readonly version: string; readonly sha256: string} | null;
    readonly matches: boolean | null;
  };
  readonly actions: readonly ActionShape[];
  readonly history: readonly StateChangeShape[];
  readonly resources: readonly ResourceShape[];
  readonly spec: {
    readonly mode: string;
    readonly runtime: string;
    readonly diskGb: number;
    readonly image: string | null;
    readonly maxModelLen: number | null;
    readonly engineArgs: readonly string[];
    readonly onFailure: 'keep' | 'terminate';
  };
}

export interface ProgressShape {
  readonly instance: InstanceShape;
  readonly action: ActionShape | null;
  readonly etaMs: number | null;
}

export interface PlanShape {
  readonly model: {
    readonly id: string;
    readonly hfId: string;
    readonly weightsBytes: number;
    readonly maxModelLen: number;
  };
  readonly provider: string;
  readonly zone: string;
  readonly type: string;
  readonly gpuCount: number;
  readonly mode: string;
  readonly runtime: string;
  readonly diskGb: number;
  readonly image: string | null;
  readonly engineArgs: readonly string[];
  readonly openPorts?: readonly number[];
  readonly sourceRanges?: readonly string[];
  readonly pricePerHourNanos: number;
  readonly pricePerMonthNanos: number;
  readonly expectedReadyMs: number;
  readonly limits: LimitsShape | null;
  /** Where it goes on when there is no room, in this order. */
  readonly fallbacks?: readonly {readonly type: string; readonly zone: string; readonly pricePerHourNanos: number}[];
  readonly sizing: readonly string[];
  readonly refused: readonly {
    readonly type: string;
    readonly zone: string | null;
    readonly code: string;
    readonly reason: string;
  }[];
}

export interface ModelShape {
  readonly id: string;
  readonly hfId: string;
  readonly displayName: string;
  readonly active: boolean;
  readonly gated: boolean;
  readonly precision: string;
  readonly weightsBytes: number;
  readonly contextMaxTokens: number;
  readonly defaultMaxModelLen: number;
  readonly task: string;
  readonly vllmMinVersion: string;
  readonly toolCallParser: string | null;
  readonly reasoningParser: string | null;
}

export interface SizeShape {
  readonly model: ModelShape;
  readonly fits: readonly {
    readonly type: string;
    readonly pricePerHourNanos: number;
    readonly kvTokens: number;
    readonly maxConcurrency: number;
    readonly diskGb: number;
    readonly arithmetic: readonly string[];
  }[];
  readonly refused: readonly {
    readonly type: string;
    readonly reason: string;
    readonly maxModelLenThatFits: number | null;
  }[];
}

export interface CapsShape {
  readonly choices?: number | undefined;
  readonly batch?: number | undefined;
  readonly maxTokens?: number | undefined;
  readonly topLogprobs?: number | undefined;
  readonly allowedMembers?: readonly string[] | undefined;
  readonly firstByteTimeoutMs?: number | undefined;
  readonly idleTimeoutMs?: number | undefined;
  readonly totalTimeoutMs?: number | undefined;
}

export interface KeyShape {
  readonly id: string;
  readonly name: string;
  readonly prefix: string;
  readonly scopes: readonly string[];
  readonly models: readonly string[] | null;
  readonly caps: CapsShape | null;
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
  readonly lastUsedAt: string | null;
}

export interface EventShape {
  readonly id: number;
  readonly at: string;
  readonly topic: string;
  readonly type: string;
  readonly subjectId: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

export interface LogLineShape {
  readonly at: string | null;
  readonly source: string;
  readonly level: 'info' | 'warning' | 'error';
  readonly text: string;
}

export interface UsageShape {
  readonly requests: number;
  readonly promptTokens: number;
  readonly cachedPromptTokens: number;
  readonly completionTokens: number;
  /** Part of the tokens out. */
  readonly reasoningTokens: number;
  readonly audioMs: number;
  /** Requests whose tokens the engine did not tell in full. */
  readonly estimated: number;
  readonly cancelled: number;
  readonly failed: number;
  readonly amountNanos: number;
}
