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
  /** Last lines of a log the agent keeps; null when the agent did not answer. */
  readLog(target: WorkerTarget, log: 'agent' | 'engine', tailLines: number): Promise<readonly string[] | null>;
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
  readonly phase: {readonly name: string; readonly progress: number | null; readonly detail: string | null} | null;
  /** A diagnosis code of the vLLM contract, section 9, when the engine's log shows one. */
  readonly failure: {readonly code: string; readonly message: string; readonly evidenceLines: readonly string[]} | null;
}

/** Requests in the engines of a worker, as its agent last saw them. */
export interface WorkerLoad {
  readonly running: number;
  readonly waiting: number;
  /** Prompt and generated tokens since the engines started; null as soon as one engine did not tell. */
  readonly tokens: number | null;
  readonly sampledAtMs: number;
}
