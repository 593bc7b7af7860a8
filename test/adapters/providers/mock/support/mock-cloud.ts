import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {processStart} from '../../../../../src/adapters/providers/mock/cloud/process-identity.ts';
import {createMockControl, type MockControl} from '../../../../../src/adapters/providers/mock/control.ts';
import {createMockProvider} from '../../../../../src/adapters/providers/mock/provider.ts';
import {createMockShellOpener} from '../../../../../src/adapters/providers/mock/shell.ts';
import type {Scenario} from '../../../../../src/adapters/providers/mock/wire.ts';
import type {Clock} from '../../../../../src/ports/clock.ts';
import type {CallContext, CloudProvider, ProviderServer} from '../../../../../src/ports/provider.ts';
import type {ShellOpener, ShellTarget} from '../../../../../src/ports/shell.ts';

export const zone = 'mock-1';
export const instanceType = 'MOCK-L4-1-24G';
export const call: CallContext = {correlationId: 'cor_test'};
export const cloudEntryPath = fileURLToPath(
  new URL('../../../../../src/adapters/providers/mock/cloud/main.ts', import.meta.url),
);

/** Longer than anything takes: states stand still until `advance`. */
export const stillMs = 600_000;
const still: readonly [number, number] = [stillMs, stillMs];
export const stillScenario: Scenario = {
  latenciesMs: {
    answer: [0, 0],
    boot: still,
    ip: [0, 0],
    ssh: [0, 0],
    stop: still,
    terminate: still,
    detach: still,
    resize: still,
  },
};

/** Waiting between attempts costs nothing. */
const instantClock: Clock = {nowMs: () => 0, sleep: async () => {}};

export interface TestCloud extends AsyncDisposable {
  readonly cloudDir: string;
  readonly provider: CloudProvider;
  readonly control: MockControl;
  readonly shells: ShellOpener;
  readonly options: {cloudDir: string; cloudEntryPath: string; clock: Clock; searchPath: string; idleMs: number};
}

/** A cloud of its own in a temporary directory, whose time stands still unless the scenario says otherwise. */
export function makeCloud(
  scenario: Scenario = stillScenario,
  extra: {idleMs?: number; callTimeoutMs?: number} = {},
): TestCloud {
  const cloudDir = mkdtempSync(join(tmpdir(), 'mock-cloud-'));
  const scenarioPath = join(cloudDir, 'scenario.json');
  writeFileSync(scenarioPath, JSON.stringify(scenario));
  const searchPath = '/usr/local/bin:/usr/bin:/bin';
  const options = {cloudDir, cloudEntryPath, clock: instantClock, searchPath, idleMs: extra.idleMs ?? 30_000};
  const control = createMockControl(options);
  return {
    cloudDir,
    control,
    options,
    provider: createMockProvider({
      ...options,
      scenarioPath,
      ...(extra.callTimeoutMs === undefined ? {} : {callTimeoutMs: extra.callTimeoutMs}),
    }),
    shells: createMockShellOpener(options),
    async [Symbol.asyncDispose]() {
      await control.stop({purge: true});
      rmSync(cloudDir, {recursive: true, force: true, maxRetries: 5});
    },
  };
}

export async function makeServer({provider}: TestCloud, name = 'inventiv-test'): Promise<ProviderServer> {
  const group = {zone, name: 'inventiv-test-sg', tags: ['inventiv'], openPorts: [22], sourceRanges: ['0.0.0.0/0']};
  const {providerId} = await provider.ensureSecurityGroup(group, call);
  return provider.ensureServer({zone, name, tags: ['inventiv'], instanceType, securityGroupId: providerId}, call);
}

/** A server that runs and answers logins. */
export async function runServer(
  cloud: TestCloud,
  name?: string,
): Promise<{server: ProviderServer; target: ShellTarget}> {
  const {providerId} = await makeServer(cloud, name);
  await cloud.provider.powerOn({zone, providerId}, call);
  await cloud.control.advance(stillMs);
  const server = await cloud.provider.readServer({zone, providerId}, call);
  if (server?.address == null) throw new Error('expected a running server with an address');
  return {server, target: {instanceId: 'ins_test', serverId: providerId, address: server.address}};
}

export function refOf(server: ProviderServer) {
  return {zone: server.zone, providerId: server.providerId};
}

export function bootVolumeOf(server: ProviderServer) {
  const [boot] = server.volumes;
  if (boot === undefined) throw new Error('expected a boot volume');
  return {zone: server.zone, providerId: boot.providerId, volumeType: boot.volumeType};
}

/** False for a zombie too: it is dead, whoever has yet to notice. */
export function isAlive(pid: number): boolean {
  return processStart(pid) !== null;
}
