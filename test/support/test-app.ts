import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {aesSecretBox, hmacHasher} from '../../src/adapters/secrets/secret-box.ts';
import {openSqliteStore} from '../../src/adapters/store/open-sqlite-store.ts';
import {packageRoot} from '../../src/adapters/system/package-root.ts';
import type {ApiTools, Caller} from '../../src/api/context.ts';
import type {CreateRequest} from '../../src/api/contract/instances.ts';
import {type ApiClient, createLocalClient} from '../../src/api/local-client.ts';
import {driveInstance} from '../../src/app/drive-instance/drive.ts';
import type {Instance} from '../../src/core/instance/instance.ts';
import {SEED_MODELS} from '../../src/core/model/seed.ts';
import type {ChatPiece, ChatUpstream} from '../../src/ports/chat.ts';
import type {InstanceStore} from '../../src/ports/instances.ts';
import type {Processes} from '../../src/ports/processes.ts';
import type {Store} from '../../src/ports/store.ts';
import type {WorkerTarget} from '../../src/ports/worker.ts';
import {FakeClock} from './fake-clock.ts';
import {FakeCloud} from './fake-cloud.ts';
import {FakeHostKeys} from './fake-host-keys.ts';
import {FakeMachine} from './fake-machine.ts';
import {seededIds} from './seeded-ids.ts';

export const testModel = 'Qwen/Qwen2.5-0.5B-Instruct';

/** What a chat answers: pieces in order, and an error at the end when there is one. */
export class FakeUpstream implements ChatUpstream {
  pieces: readonly ChatPiece[] = [
    {kind: 'text', text: 'Hel', reasoning: false},
    {kind: 'text', text: 'lo', reasoning: false},
    {kind: 'finish', reason: 'stop'},
    {kind: 'usage', promptTokens: 7, completionTokens: 2},
  ];
  error: Error | null = null;
  readonly asked: {model: string; workerKey: string}[] = [];

  async *stream(target: WorkerTarget, request: {model: string}): AsyncGenerator<ChatPiece> {
    this.asked.push({model: request.model, workerKey: target.workerKey});
    for (const piece of this.pieces) {
      if (target.signal?.aborted) throw new Error('aborted');
      yield piece;
    }
    if (this.error !== null) throw this.error;
  }
}

/** The application on a real SQLite store, over a cloud and machines in memory, on a clock that stands still until told. */
export class TestApp implements AsyncDisposable {
  readonly clock: FakeClock;
  readonly cloud: FakeCloud;
  readonly machine: FakeMachine;
  readonly upstream = new FakeUpstream();
  readonly hostKeys = new FakeHostKeys();
  readonly store: Store;
  readonly tools: ApiTools;
  readonly caller: Caller;
  readonly client: ApiClient;
  /** Owners of leases whose process is known to have ended. */
  readonly dead = new Set<string>();
  readonly #directory: string;

  /** `beside`: another installation, with a store of its own, in the same cloud at the same time. */
  static async open(
    wrap: (instances: InstanceStore) => InstanceStore = instances => instances,
    beside?: TestApp,
  ): Promise<TestApp> {
    const directory = mkdtempSync(join(tmpdir(), 'inventiv-app-test-'));
    const clock = beside?.clock ?? new FakeClock();
    const ids = seededIds(beside === undefined ? 1 : 2);
    const store = await openSqliteStore({
      path: join(directory, 'test.db'),
      migrationsDir: join(packageRoot(), 'migrations'),
      clock,
      ids,
    });
    const {organization, user, membership} = await store.organizations.ensureDefault({userName: 'operator'});
    await store.models.seed(SEED_MODELS);
    const caller: Caller = {
      scope: {organizationId: organization.id},
      userId: user.id,
      userName: user.name,
      role: membership.role,
    };
    return new TestApp({directory, clock, ids, store, caller, instances: wrap(store.instances), cloud: beside?.cloud});
  }

  private constructor(parts: {
    directory: string;
    clock: FakeClock;
    ids: ApiTools['ids'];
    store: Store;
    caller: Caller;
    instances: InstanceStore;
    cloud: FakeCloud | undefined;
  }) {
    const {directory, clock, ids, caller, instances} = parts;
    this.#directory = directory;
    this.clock = clock;
    this.cloud = parts.cloud ?? new FakeCloud(clock);
    this.machine = new FakeMachine(clock, this.cloud);
    this.store = {...parts.store, instances};
    this.caller = caller;
    const readKey = () => new Uint8Array(32).fill(7);
    this.tools = {
      store: this.store,
      instances,
      models: this.store.models,
      catalog: this.store.catalog,
      keys: this.store.keys,
      events: this.store.events,
      usage: this.store.usage,
      prices: this.store.prices,
      budgets: this.store.budgets,
      workers: this.store.workers,
      controlPlaneUrl: null,
      clock,
      ids,
      processes: this.processes('host:1:100:self'),
      secretBox: aesSecretBox(readKey),
      hasher: hmacHasher(readKey),
      agentSource: {
        read: async () => ({
          source: 'print("agent")\n',
          version: '1.0.0',
          buildDate: '2030-01-01',
          sha256: 'agent-sha',
        }),
        readTools: async () => ({fetchWeights: '', pullImage: ''}),
      },
      worker: this.machine.worker,
      upstream: this.upstream,
      serveInspector: {
        recentRequests: async () => [],
        endedRequests: async () => ({cursor: '0:0', missed: 0, requests: []}),
        findRequest: async () => null,
      },
      credentials: this.store.credentials,
      audit: this.store.audit,
      accounts: [],
      hosts: this.store.hosts,
      hostKeys: this.hostKeys,
      hostUser: 'root',
      providers: ['mock'],
      providerFor: () => this.cloud.provider,
      shellFor: () => this.machine.shell,
      defaultEngineCommand: () => ['fake-engine'],
      machineKind: () => 'simulated',
      hub: {readUrl: () => 'https://huggingface.co', readToken: async () => null},
    };
    this.client = createLocalClient({tools: this.tools, caller});
  }

  /** Another process of the same machine: its own name, the same view of who is dead. */
  processes(selfOwner: string): Processes {
    return {selfOwner, isKnownDead: owner => this.dead.has(owner)};
  }

  /** The API as somebody else sees it. */
  clientAs(who: Partial<Caller>): ApiClient {
    return createLocalClient({tools: this.tools, caller: {...this.caller, ...who}});
  }

  /** Requests one instance and gives it as the store has it. */
  async request(wish: Partial<CreateRequest> = {}): Promise<Instance> {
    const [created] = await this.client.instances.create({model: testModel, provider: 'mock', ...wish});
    return this.load(created?.id ?? '');
  }

  async load(instanceId: string): Promise<Instance> {
    const file = await this.store.instances.load(instanceId);
    if (file === null) throw new Error(`no instance ${instanceId}`);
    return file.instance;
  }

  /** Drives to the end of the road while the clock runs. */
  drive(instanceId: string, signal = new AbortController().signal): Promise<Instance> {
    return this.run(driveInstance(this.tools, instanceId, signal));
  }

  async makeReady(wish: Partial<CreateRequest> = {}): Promise<Instance> {
    return this.drive((await this.request(wish)).id);
  }

  /**
   * Lets the clock run until the work is done, whatever it waits for. Time passes only while somebody sleeps and nothing
   * else can go on.
   */
  async run<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    const done = work.finally(() => {
      isDone = true;
    });
    done.catch(() => undefined);
    for (let idle = 0; !isDone && idle < idleTurnsMax; ) {
      await turn();
      if (isDone) break;
      if (this.clock.sleeping === 0) {
        idle += 1;
      } else {
        idle = 0;
        await this.clock.advance(stepMs);
      }
    }

    if (!isDone) throw new Error('the work waits for something that is not the clock');
    return done;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.store[Symbol.asyncDispose]();
    rmSync(this.#directory, {recursive: true, force: true});
  }
}

const stepMs = 50;
/** Far more turns of the event loop than anything needs that does not sleep. */
const idleTurnsMax = 10_000;

function turn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}
