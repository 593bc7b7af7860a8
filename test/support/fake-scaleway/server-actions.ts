import {type ApiCall, type Handler, jsonBody, requiredString} from './api-call.ts';
import {instanceDate} from './dates.ts';
import {invalidArguments, preconditionFailed} from './errors.ts';
import {backupServer} from './images.ts';
import {findServer} from './instance-lookup.ts';
import type {JsonObject} from './json.ts';
import {stringOf} from './json.ts';
import type {ServerRecord, ServerState} from './records.ts';
import {powerOff, powerOn, reboot, stopInPlace, terminate} from './server-power.ts';
import type {World} from './world.ts';

interface PowerAction {
  from: ServerState[];
  help: string;
  run: (world: World, server: ServerRecord) => void;
}

const POWER_ACTIONS: Record<string, PowerAction> = {
  poweron: {from: ['stopped', 'stopped in place'], help: 'server should be stopped', run: powerOn},
  poweroff: {from: ['running', 'stopped in place'], help: 'server should be running', run: powerOff},
  terminate: {from: ['running', 'stopped in place'], help: 'server should be running', run: terminate},
  reboot: {from: ['running', 'stopped in place'], help: 'server should be running', run: reboot},
  stop_in_place: {from: ['running', 'starting', 'stopping'], help: 'server should be running', run: stopInPlace},
};

/** 202 with a task nobody follows: the server itself tells what happens. */
export const runAction: Handler = call => {
  const server = findServer(call);
  const body = jsonBody(call);
  const name = requiredString(body, 'action');
  if (name === 'backup') {
    const image = backupServer(call.world, server, stringOf(body.name) ?? `image-${server.name}`);
    return {status: 202, body: {task: task(call, server, `/images/${image.id}`)}};
  }
  const action = POWER_ACTIONS[name];
  if (action === undefined) {
    throw invalidArguments({argument_name: 'action', reason: 'constraint', help_message: `unknown action ${name}`});
  }
  if (!action.from.includes(server.state) || server.beingDeleted) {
    throw preconditionFailed('instance', 'resource_not_usable', action.help);
  }
  action.run(call.world, server);
  return {status: 202, body: {task: task(call, server, `/servers/${server.id}`)}};
};

export const listActions: Handler = call => {
  const server = findServer(call);
  const allowed = Object.entries(POWER_ACTIONS).filter(([, action]) => action.from.includes(server.state));
  return {status: 200, body: {actions: [...allowed.map(([name]) => name), 'backup']}};
};

function task(call: ApiCall, server: ServerRecord, result: string): JsonObject {
  return {
    id: '00000000-0000-0000-0000-000000000000',
    description: 'fake task',
    status: 'pending',
    href_from: `/servers/${server.id}/action`,
    href_result: result,
    started_at: instanceDate(call.world.clock.nowMs()),
    terminated_at: null,
    progress: 0,
    zone: server.zone,
  };
}
