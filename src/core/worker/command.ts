import type {ActionMetadata} from '../instance/action.ts';
import {dayMs, type EpochMs} from '../time.ts';

export const workerCommandTypes = ['drain', 'rotate_token', 'collect_logs'] as const;

export type WorkerCommandType = (typeof workerCommandTypes)[number];

/** Most commands that wait for one worker; an agent takes no more from one reply. */
export const openCommandsMax = 20;
/** One that was not answered for this long is not sent any more. */
export const commandMaxAgeMs = dayMs;
export const collectedLinesMax = 1000;

/** Something an agent is told in the reply to a heartbeat, once per id. */
export interface WorkerCommand {
  readonly id: string;
  readonly organizationId: string;
  readonly instanceId: string;
  readonly type: WorkerCommandType;
  /** `collect_logs`: lines per log. */
  readonly tail: number | null;
  /** `rotate_token`: the next token, sealed with `commandContext`; null once it was answered. */
  readonly sealed: string | null;
  readonly requestedBy: string;
  readonly createdAtMs: EpochMs;
  /** When it was last in a reply, and in how many. */
  readonly deliveredAtMs: EpochMs | null;
  readonly deliveries: number;
  readonly answer: CommandAnswer | null;
}

export interface CommandAnswer {
  readonly atMs: EpochMs;
  readonly ok: boolean;
  readonly message: string;
  /** What was collected; null for commands that collect nothing. */
  readonly logs: ActionMetadata | null;
}

/** What the sealed token of a command is bound to. */
export function commandContext(commandId: string): string {
  return `worker-command:${commandId}`;
}

/** A command as it stands in the reply to a heartbeat. */
export function wireCommand({id, type, tail}: WorkerCommand, token: string | null): Record<string, string | number> {
  switch (type) {
    case 'drain':
      return {id, type};
    case 'collect_logs':
      return {id, type, tail: tail ?? collectedLinesMax};
    case 'rotate_token':
      return {id, type, token: token ?? ''};
    default:
      return type satisfies never;
  }
}
