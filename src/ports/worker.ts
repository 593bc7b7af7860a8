import type {WorkerEndpoint} from '../core/instance/instance.ts';

/**
 * Reads a worker: its engine through the OpenAI port, its agent through the agent port. A worker that cannot be read is an
 * answer (false, null); one that shows another certificate than the pinned one is a thrown `upstream_broken`
 * (`worker_certificate_changed`), and nothing was sent to it.
 */
export interface WorkerClient {
  /** Engine `/health` (vLLM contract: 200 with empty body when the engine lives). False = refused, 503 or time-out. */
  isEngineHealthy(target: WorkerTarget): Promise<boolean>;
  /** `GET /v1/models`; null when it could not be read. */
  readModels(target: WorkerTarget): Promise<readonly ServedModel[] | null>;
  /** One generated token (or one embedding) with usage; null when it did not answer in time or without usage. */
  warmUp(
    target: WorkerTarget,
    request: {model: string; task: 'generate' | 'embed'; timeoutMs: number},
  ): Promise<WarmUpResult | null>;
  /** Load as the agent sampled it, summed over replicas; null when it could not be read, which is not zero. */
  readLoad(target: WorkerTarget): Promise<WorkerLoad | null>;
  readAgentInfo(target: WorkerTarget): Promise<AgentInfo | null>;
  /** A page of a log the agent keeps; null when the agent did not answer. */
  readLog(target: WorkerTarget, log: 'agent' | 'engine', request: LogPageRequest): Promise<LogPage | null>;
  /** One real answer of every engine behind the agent, asked on the machine itself; null when the agent did not answer. */
  warmUpReplicas(
    target: WorkerTarget,
    request: {task: 'generate' | 'embed'; timeoutMs: number},
  ): Promise<readonly ReplicaWarmUp[] | null>;
}

export interface LogPageRequest {
  /** Of the past; counts only without `after`. */
  readonly tailLines: number;
  readonly sinceMs?: number | null;
  /** The cursor of the page before: what came since, each line once. */
  readonly after?: string | null;
}

export interface LogPage {
  /** Oldest first. With several engines, each line begins with the engine's name and ` | `. */
  readonly lines: readonly string[];
  /** Where the next page begins; null from agents before 0.2, which cannot tell. */
  readonly cursor: string | null;
  /** More has been written than fits a page. */
  readonly hasMore: boolean;
}

export interface ReplicaWarmUp {
  readonly name: string;
  /** Null when it gave no answer with usage. */
  readonly durationMs: number | null;
  readonly promptTokens: number | null;
  /** Why there was no answer. */
  readonly error: string | null;
}

export interface WorkerTarget {
  readonly endpoint: WorkerEndpoint;
  readonly workerKey: string;
  readonly correlationId: string;
  readonly signal?: AbortSignal;
}

export interface ServedModel {
  readonly id: string;
  readonly maxModelLen: number | null;
}

export interface WarmUpResult {
  readonly durationMs: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
}

export interface AgentInfo {
  readonly version: string;
  readonly sha256: string;
  readonly bootId: string;
  readonly phase: AgentPhase | null;
  /** A diagnosis code of the vLLM contract, section 9, when the engine's log shows one. */
  readonly failure: {readonly code: string; readonly message: string; readonly evidenceLines: readonly string[]} | null;
  /** Engines as the agent sampled them on the machine itself; empty from agents that do not tell. */
  readonly replicas: readonly AgentReplica[];
}

/** How far the slowest engine's start has come, from its log. */
export interface AgentPhase {
  readonly name: string;
  /** Percent inside the phase. */
  readonly progress: number | null;
  /** In words: `2 of 4 shards`. */
  readonly detail: string | null;
  /** Starts of the engine's process, 1 for the first. */
  readonly attempt: number;
}

export interface AgentReplica {
  readonly name: string;
  readonly httpOk: boolean;
  /** Served ids; null when the list could not be read. */
  readonly models: readonly string[] | null;
  readonly maxModelLen: number | null;
}

/** Requests in the engines of a worker, as its agent last saw them. */
export interface WorkerLoad {
  readonly running: number;
  readonly waiting: number;
  /** Prompt and generated tokens since the engines started; null as soon as one engine did not tell. */
  readonly tokens: number | null;
  /** The two parts of it. */
  readonly counted?: {readonly prompt: number; readonly completion: number} | null;
  readonly sampledAtMs: number;
}
