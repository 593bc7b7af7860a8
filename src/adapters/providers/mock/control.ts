import {setTimeout as sleepMs} from 'node:timers/promises';
import type {Clock} from '../../../ports/clock.ts';
import type {CallRecord} from './cloud/call-log.ts';
import {processStart} from './cloud/process-identity.ts';
import {CloudClient} from './cloud-client.ts';
import type {MockCloudOptions} from './cloud-starter.ts';
import type {CloudConfig, CloudInventory, FaultSpec} from './wire.ts';

/** The hand behind the mock cloud, for tests, demonstrations and crash drills. */
export interface MockControl {
  /** What exists and is paid for, with the processes that run in every machine. */
  inventory(): Promise<CloudInventory>;
  configure(config: CloudConfig): Promise<void>;
  injectFaults(faults: readonly FaultSpec[]): Promise<void>;
  clearFaults(): Promise<void>;
  /** Moves the cloud's clock forward and returns once what was due has happened; gives the cloud's time. */
  advance(byMs: number): Promise<number>;
  /** The last calls, oldest first. */
  journal(limit?: number): Promise<readonly CallRecord[]>;
  /** Takes a server away behind its owner's back. */
  vanish(serverId: string): Promise<void>;
  /** Ends the daemon if it runs; with `purge`, starts it if needed and ends and forgets every machine and disk first. */
  stop(options?: {purge?: boolean}): Promise<void>;
}

/** Purging ends processes and may have to wait for the stubborn ones. */
const stopTimeoutMs = 20_000;
const gonePollMs = 5;
const gonePollsMax = 1_000;

export function createMockControl(options: MockCloudOptions & {readonly clock: Clock}): MockControl {
  const client = new CloudClient(options, options.clock);
  const post = (path: string, json: unknown) => client.call({method: 'POST', path: `/control/${path}`, json});
  return {
    inventory: async () => (await client.call({method: 'GET', path: '/control/inventory'})) as CloudInventory,
    configure: async config => {
      await client.call({method: 'PUT', path: '/control/config', json: config});
    },
    injectFaults: async faults => {
      await post('faults', {faults});
    },
    clearFaults: async () => {
      await client.call({method: 'DELETE', path: '/control/faults'});
    },
    advance: async byMs => ((await post('advance', {byMs})) as {nowMs: number}).nowMs,
    journal: async (limit = 1_000) => {
      const answer = (await client.call({method: 'GET', path: `/control/journal?limit=${limit}`})) as {
        calls: CallRecord[];
      };
      return answer.calls;
    },
    vanish: async serverId => {
      await post('vanish', {serverId});
    },
    stop: async ({purge = false} = {}) => {
      if (!purge && !(await client.isRunning())) return;
      const stopping = client.call({method: 'POST', path: '/control/stop', json: {purge}, timeoutMs: stopTimeoutMs});
      const {daemonPid} = (await stopping) as {daemonPid: number};
      await untilGone(daemonPid);
    },
  };
}

/** Real time, whatever the clock: it is a real process that is waited for. */
async function untilGone(pid: number): Promise<void> {
  for (let poll = 0; poll < gonePollsMax && processStart(pid) !== null; poll++) await sleepMs(gonePollMs);
}
