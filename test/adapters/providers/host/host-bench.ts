import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createHostProvider} from '../../../../src/adapters/providers/host/provider.ts';
import {openSqliteStore} from '../../../../src/adapters/store/open-sqlite-store.ts';
import {packageRoot} from '../../../../src/adapters/system/package-root.ts';
import type {Host} from '../../../../src/core/host/host.ts';
import type {OrgScope} from '../../../../src/core/tenancy/org-scope.ts';
import type {CloudProvider} from '../../../../src/ports/provider.ts';
import type {ShellOpener, ShellTarget} from '../../../../src/ports/shell.ts';
import type {Store} from '../../../../src/ports/store.ts';
import type {ProviderHarness} from '../../../contract/provider/cloud-provider-contract.ts';
import {FakeClock} from '../../../support/fake-clock.ts';
import {lookLines, someHost} from '../../../support/hosts.ts';
import {seededIds} from '../../../support/seeded-ids.ts';

/** The host provider on a real store with two hosts; a look at one prints what the test says. */
export class HostBench implements AsyncDisposable {
  readonly store: Store;
  readonly scope: OrgScope;
  readonly provider: CloudProvider;
  readonly hosts: readonly Host[];
  readonly looked: ShellTarget[] = [];
  look: () => readonly string[] = () => lookLines();
  readonly #directory: string;
  readonly #ids = seededIds();

  static async open(): Promise<HostBench> {
    const directory = mkdtempSync(join(tmpdir(), 'inventiv-hosts-'));
    const store = await openSqliteStore({
      path: join(directory, 'test.db'),
      migrationsDir: join(packageRoot(), 'migrations'),
      clock: new FakeClock(),
      ids: seededIds(),
    });
    const {organization} = await store.organizations.ensureDefault({userName: 'operator'});
    const scope = {organizationId: organization.id};
    const hosts = [
      await store.hosts.add(
        scope,
        someHost({id: 'hst_1', name: 'box-1', address: '203.0.113.1', user: 'ubuntu', port: 2222}),
      ),
      await store.hosts.add(scope, someHost({id: 'hst_2', name: 'box-2', address: '203.0.113.2', openaiPort: 9000})),
    ];
    return new HostBench(directory, store, scope, hosts);
  }

  static async harness(this: void): Promise<ProviderHarness> {
    const bench = await HostBench.open();
    return {
      provider: bench.provider,
      zone: 'host',
      instanceType: 'box-1',
      tellsQuotaBefore: false,
      passTime: async () => {},
      emptyStock: async () => void (await bench.take('hst_1', 'somebody')),
      exhaustQuota: refuseToPretend,
      answerNext: refuseToPretend,
      addForeign: refuseToPretend,
      [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
    };
  }

  private constructor(directory: string, store: Store, scope: OrgScope, hosts: readonly Host[]) {
    this.#directory = directory;
    this.store = store;
    this.scope = scope;
    this.hosts = hosts;
    this.provider = createHostProvider({hosts: store.hosts, scope, shell: this.#shell(), ids: this.#ids});
  }

  /** As another instance does. */
  take(hostId: string, name: string) {
    const id = this.#ids.next('hostClaim');
    return this.store.hosts.claim(this.scope, {id, hostId, name, tags: [], securityGroup: `${name}-sg`});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.store[Symbol.asyncDispose]();
    rmSync(this.#directory, {recursive: true, force: true});
  }

  #shell(): ShellOpener {
    return {
      isReachable: async () => true,
      open: async target => {
        this.looked.push(target);
        return {
          run: async ({onLine}) => {
            for (const line of this.look()) onLine?.(line);
            return {exitCode: 0, outputTail: [], durationMs: 1};
          },
          writeFile: async () => {},
          [Symbol.asyncDispose]: async () => {},
        };
      },
    };
  }
}

function refuseToPretend(): Promise<never> {
  throw new Error('hosts have no such thing');
}
