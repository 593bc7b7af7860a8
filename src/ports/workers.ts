import type {WorkerSample} from '../core/worker/protocol.ts';

export interface WorkerStore {
  /** Keeps the hash of a one-time enrolment secret for an instance; replaces an earlier unused one. */
  saveEnrolment(instanceId: string, secretHash: string): Promise<void>;
  /** Uses the secret up: `accepted` binds the boot id and stores the token's hash; `unknown` secret; `gone` instance. */
  enrol(request: {
    secretHash: string;
    bootId: string;
    tokenHash: string;
  }): Promise<{kind: 'accepted'; instanceId: string} | {kind: 'unknown'} | {kind: 'gone'}>;
  findByTokenHash(
    tokenHash: string,
  ): Promise<{instanceId: string; bootId: string; lastSeq: number; gone: boolean} | null>;
  /**
   * Keeps the samples (bounded per instance) and moves sequences and last-seen, in one transaction; outcomes in the order
   * of the beats. A sequence not above the last is `replayed`.
   */
  recordHeartbeats(beats: readonly HeartbeatRecord[]): Promise<readonly HeartbeatOutcome[]>;
  /** The last samples of one instance, oldest first, without their payloads. */
  recentSamples(instanceId: string, limit: number): Promise<readonly Omit<WorkerSample, 'payload'>[]>;
  latestSamples(instanceIds: readonly string[]): Promise<readonly WorkerSample[]>;
}

export interface HeartbeatRecord {
  readonly instanceId: string;
  readonly bootId: string;
  readonly seq: number;
  readonly sample: WorkerSample;
  /** What it was sent with: the next token of a rotation takes the place of the present one. */
  readonly tokenHash?: string;
}

export type HeartbeatOutcome = 'recorded' | 'replayed' | 'other_boot';
