import {implement} from '@orpc/server';
import {findInstance} from '../../app/change-instance.ts';
import {sendCommand} from '../../app/worker-commands.ts';
import {InventivError} from '../../core/errors.ts';
import {isGone} from '../../core/instance/state.ts';
import {isoTime, isoTimeOrNull} from '../../core/time.ts';
import type {WorkerCommand} from '../../core/worker/command.ts';
import {type ApiContext, checkPermission} from '../context.ts';
import {type WorkerCommandView, workerContract} from '../contract/worker.ts';

const api = implement(workerContract).$context<ApiContext>().use(checkPermission);

export const worker = {
  sendCommand: api.sendCommand.handler(async ({input, context: {tools, caller}}) => {
    const instance = await findInstance(tools.instances, caller.scope, input.instance);
    if (isGone(instance.state)) {
      throw new InventivError('illegal_transition', `"${instance.name}" is ${instance.state}: it has no worker.`, {
        hint: 'List the instances that have one: inventiv ps',
      });
    }

    const sending = {...tools, commands: tools.store.workerCommands};
    const wish = {type: input.type, tail: input.tailLines, by: caller.userName};
    return commandView(await sendCommand(sending, instance, wish));
  }),

  commands: api.commands.handler(async ({input, context: {tools, caller}}) => {
    const {id} = await findInstance(tools.instances, caller.scope, input.instance);
    return (await tools.store.workerCommands.list(caller.scope, id, input.limit)).map(commandView);
  }),
};

function commandView(command: WorkerCommand): WorkerCommandView {
  const {id, type, requestedBy, createdAtMs, deliveredAtMs, answer} = command;
  const waiting = deliveredAtMs === null ? 'queued' : 'delivered';
  return {
    ...{id, type, requestedBy},
    status: answer === null ? waiting : answer.ok ? 'done' : 'failed',
    createdAt: isoTime(createdAtMs),
    deliveredAt: isoTimeOrNull(deliveredAtMs),
    finishedAt: isoTimeOrNull(answer?.atMs ?? null),
    message: answer?.message ?? null,
    logs: answer?.logs == null ? null : (structuredClone(answer.logs) as WorkerCommandView['logs']),
  };
}
