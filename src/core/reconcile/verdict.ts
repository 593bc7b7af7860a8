import type {KnownInstance} from './facts.ts';
import type {FindingKind} from './finding.ts';

/** What is thought of one thing, before it is told of whom. */
export interface Verdict {
  readonly kind: FindingKind;
  readonly reason: string;
  readonly isLeak?: boolean;
  readonly isKept?: boolean;
  /** Of whom it is, where no row says it. */
  readonly instance?: KnownInstance | undefined;
}

/** Whether this pass deletes the server, so that what hangs on it may go after it. */
export type ServerEnds = (serverId: string) => boolean;
