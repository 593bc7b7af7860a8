import type {ScalewayCredentials} from '../../../../../src/adapters/providers/scaleway/credentials.ts';
import {createScalewayProvider} from '../../../../../src/adapters/providers/scaleway/provider.ts';
import type {CallContext, CloudProvider, ProviderServer, VolumeRef} from '../../../../../src/ports/provider.ts';
import {ControllableClock} from '../../../../support/fake-scaleway/clock.ts';
import {inventory} from '../../../../support/fake-scaleway/inventory.ts';
import type {JournalEntry} from '../../../../support/fake-scaleway/journal.ts';
import type {Json} from '../../../../support/fake-scaleway/json.ts';
import {startFakeScaleway} from '../../../../support/fake-scaleway/start-fake-scaleway.ts';
import {
  DEFAULT_ACCESS_KEY,
  DEFAULT_PROJECT,
  DEFAULT_TOKEN,
  type World,
  type WorldOptions,
} from '../../../../support/fake-scaleway/world.ts';
import {seededIds} from '../../../../support/seeded-ids.ts';
import {type InstantClock, instantClock} from './instant-clock.ts';

export const zone = 'fr-par-2';
export const instanceType = 'L4-1-24G';
export const call: CallContext = {correlationId: 'cor_test'};
export const tags = ['inventiv', 'inventiv-instance=ins_test'];
export const gb = 1_000_000_000;
export const groupRequest = {
  zone,
  name: 'inventiv-test-security-group',
  tags,
  openPorts: [22, 8000, 8080],
  sourceRanges: ['0.0.0.0/0'],
};

export const credentials: ScalewayCredentials = {
  accessKey: DEFAULT_ACCESS_KEY,
  secretKey: DEFAULT_TOKEN,
  projectId: DEFAULT_PROJECT,
};

export interface FakeAccount extends AsyncDisposable {
  readonly provider: CloudProvider;
  readonly world: World;
  readonly url: string;
  readonly clock: InstantClock;
  /** Another provider on the same account, as another process would have. */
  anotherProvider(changed?: Partial<ScalewayCredentials>, requestTimeoutMs?: number): CloudProvider;
  fault(fault: Record<string, Json>): void;
  /** Lets everything planned at the provider happen. */
  passTime(): void;
  /** Calls since the last look, and forgets them. */
  takeJournal(): JournalEntry[];
  inventory(): ReturnType<typeof inventory>;
}

const patientMs = 15_000;

/** A fresh account behind a real HTTP server whose time stands still, except while the provider sleeps. */
export async function openFakeAccount(options: WorldOptions = {}): Promise<FakeAccount> {
  const fake = await startFakeScaleway({seed: 'test', clock: new ControllableClock({speed: 0}), ...options});
  const {world, url} = fake;
  const clock = instantClock(durationMs => world.clock.advance(durationMs));
  const anotherProvider = (changed: Partial<ScalewayCredentials> = {}, requestTimeoutMs = patientMs) =>
    createScalewayProvider({
      credentials: async () => ({...credentials, ...changed}),
      apiUrl: url,
      clock,
      ids: seededIds(),
      requestTimeoutMs,
    });
  return {
    provider: anotherProvider(),
    world,
    url,
    clock,
    anotherProvider,
    fault: fault => {
      const added = world.faults.add(fault);
      if (typeof added === 'string') throw new Error(added);
    },
    passTime: () => {
      while (world.clock.advanceToNext() !== undefined);
    },
    takeJournal: () => {
      const calls = world.journal.entries();
      world.journal.clear();
      return calls;
    },
    inventory: () => inventory(world),
    [Symbol.asyncDispose]: () => fake.close(),
  };
}

export async function makeServer(
  provider: CloudProvider,
  changed: {name?: string; instanceType?: string} = {},
): Promise<ProviderServer> {
  const {providerId} = await provider.ensureSecurityGroup(groupRequest, call);
  const request = {zone, name: 'inventiv-test', tags, instanceType, securityGroupId: providerId, ...changed};
  return provider.ensureServer(request, call);
}

export function refOf({zone: where, providerId}: ProviderServer) {
  return {zone: where, providerId};
}

export function bootVolumeOf({zone: where, volumes}: ProviderServer): VolumeRef {
  const boot = volumes.find(volume => volume.isBoot);
  if (boot === undefined) throw new Error('expected a boot volume');
  return {zone: where, providerId: boot.providerId, volumeType: boot.volumeType};
}
