import type {MockControl} from '../../src/adapters/providers/mock/control.ts';

/** What one drill found; all lists empty and `reached` true = as it shall be. */
export interface Findings {
  readonly title: string;
  /** False where the run ended before its moment came: what depends on timing does not happen in every run. */
  readonly reached: boolean;
  readonly leaked: readonly string[];
  readonly doubled: readonly string[];
  readonly unsettled: readonly string[];
  /** Somebody else's, and not as it was; absent where there was nothing of anybody else. */
  readonly touched?: readonly string[];
}

/** Engine and agent, and for each the shell that waits for its end. */
const processesPerMachine = 4;

/** Alive at the provider though everything was taken down. */
export async function findLeaks(control: MockControl): Promise<readonly string[]> {
  const {servers, volumes, ips, securityGroups} = await control.inventory();
  return [
    ...servers.map(server => `server ${server.name} (${server.state})`),
    ...volumes.map(volume => `volume ${volume.name} (${volume.status})`),
    ...ips.map(ip => `ip ${ip.address}`),
    ...securityGroups.map(group => `security group ${group.name}`),
  ];
}

/** More than one of what a single ready instance has one of, now or ever since the given call. */
export async function findDoubles(
  control: MockControl,
  {afterCall = 0, serversMade = 1}: {afterCall?: number; serversMade?: number} = {},
): Promise<readonly string[]> {
  const [{servers, volumes, securityGroups}, journal] = await Promise.all([control.inventory(), control.journal()]);
  const calls = journal.filter(record => record.seq > afterCall);
  const created = (call: string) =>
    calls.filter(
      record =>
        record.call === call && (record.status === 200 || record.faults.some(fault => fault.startsWith('did-but'))),
    ).length;
  const counts: readonly (readonly [what: string, count: number, wanted: number])[] = [
    ['servers', servers.length, 1],
    ['volumes', volumes.length, 1],
    ['security groups', securityGroups.length, 1],
    ['servers ever created', Math.max(created('createServer'), serversMade), serversMade],
    ['security groups ever created', Math.max(created('createSecurityGroup'), serversMade), serversMade],
    ['processes in the machine', servers.flatMap(server => server.processIds).length, processesPerMachine],
  ];
  return counts
    .filter(([, count, wanted]) => count !== wanted)
    .map(([what, count, wanted]) => `${count} ${what}, expected ${wanted}`);
}
