import {lookLinesMax, lookScript, lookTimeoutMs, readLook} from '../../core/health/look-script.ts';
import type {MachineLook} from '../../core/health/memory.ts';
import type {Instance} from '../../core/instance/instance.ts';
import {redact} from '../../core/redact.ts';
import type {HealthTools} from './tools.ts';

const lineMaxChars = 500;

/** Containers and the ends of the logs, read on the machine and kept in the timeline. Never throws: a machine may be gone. */
export async function lookAtMachine(tools: HealthTools, instance: Instance, signal: AbortSignal): Promise<MachineLook> {
  const atMs = tools.clock.nowMs();
  const lines = await readLines(tools, instance, signal).catch(() => null);
  if (lines === null) return {atMs, engineAlive: null, logMark: null};
  const {engineAlive, told} = readLook(lines);
  await tools.instances.record({
    instanceId: instance.id,
    correlationId: instance.correlationId,
    actions: [
      {kind: 'succeed', type: 'WORKER_CONTAINER_CHECK', metadata: {engineAlive, lines: told.filter(isContainer)}},
      {kind: 'succeed', type: 'WORKER_LOG_FETCH', metadata: {lines: told.filter(line => !isContainer(line))}},
    ],
  });
  return {
    atMs,
    engineAlive,
    logMark: told
      .filter(line => !isContainer(line))
      .join('\n')
      .slice(-2000),
  };
}

async function readLines(
  tools: HealthTools,
  instance: Instance,
  signal: AbortSignal,
): Promise<readonly string[] | null> {
  const file = await tools.instances.load(instance.id);
  const serverId = file?.resources.find(({kind}) => kind === 'server')?.providerId ?? null;
  if (serverId === null) return null;
  const call = {correlationId: instance.correlationId, signal};
  const server = await tools
    .providerFor(instance.provider)
    .readServer({zone: instance.zone, providerId: serverId}, call);
  if (server?.address == null) return null;
  const lines: string[] = [];
  await using shell = await tools
    .shellFor(instance.provider)
    .open({instanceId: instance.id, serverId, address: server.address, signal});
  await shell.run({
    script: lookScript,
    timeoutMs: lookTimeoutMs,
    signal,
    onLine: line => {
      lines.push(redact(line).slice(0, lineMaxChars));
      if (lines.length > lookLinesMax) lines.shift();
    },
  });
  return lines;
}

function isContainer(line: string): boolean {
  return line.startsWith('::container::');
}
