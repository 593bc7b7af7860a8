import type {Instance} from '../core/instance/instance.ts';
import {commandContext, type WorkerCommand, type WorkerCommandType} from '../core/worker/command.ts';
import type {Clock} from '../ports/clock.ts';
import type {Ids} from '../ports/ids.ts';
import type {SecretBox, SecretHasher} from '../ports/secrets.ts';
import type {WorkerCommandStore} from '../ports/worker-commands.ts';

export interface CommandTools {
  readonly commands: WorkerCommandStore;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly secretBox: SecretBox;
  readonly hasher: SecretHasher;
}

const tokenBytes = 32;

/** Queues a command for an instance's worker: it goes with the reply to its next heartbeat. */
export async function sendCommand(
  {commands, clock, ids, secretBox, hasher}: CommandTools,
  instance: Pick<Instance, 'id' | 'organizationId'>,
  wish: {readonly type: WorkerCommandType; readonly tail: number | null; readonly by: string},
): Promise<WorkerCommand> {
  const id = ids.next('command');
  const token = wish.type === 'rotate_token' ? Buffer.from(ids.randomBytes(tokenBytes)).toString('base64url') : null;
  const command: WorkerCommand = {
    id,
    organizationId: instance.organizationId,
    instanceId: instance.id,
    type: wish.type,
    tail: wish.type === 'collect_logs' ? wish.tail : null,
    sealed: token === null ? null : secretBox.seal(token, commandContext(id)),
    requestedBy: wish.by,
    createdAtMs: clock.nowMs(),
    deliveredAtMs: null,
    deliveries: 0,
    answer: null,
  };
  await commands.enqueue(command, {nextTokenHash: token === null ? null : hasher.hash(token)});
  return command;
}
