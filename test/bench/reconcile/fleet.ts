import {type ChildProcess, fork} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createScalewayProvider} from '../../../src/adapters/providers/scaleway/provider.ts';
import {openSqliteStore} from '../../../src/adapters/store/open-sqlite-store.ts';
import {packageRoot} from '../../../src/adapters/system/package-root.ts';
import {randomIds} from '../../../src/adapters/system/random-ids.ts';
import {type ReconcileReport, reconcile} from '../../../src/app/reconcile/reconcile.ts';
import {graceMsDefault, type ReconcileTools} from '../../../src/app/reconcile/tools.ts';
import {newResource, resourceTags} from '../../../src/core/instance/resource-names.ts';
import type {Clock} from '../../../src/ports/clock.ts';
import type {Store} from '../../../src/ports/store.ts';
import {DEFAULT_ACCESS_KEY, DEFAULT_PROJECT, DEFAULT_TOKEN} from '../../support/fake-scaleway/world.ts';
import {someInstance} from '../../support/instances.ts';
import type {CloudAnswer, CloudRequest} from './protocol.ts';

const zone = 'fr-par-2';
const volumesPerInstance = 100;
const gb = 1_000_000_000;

/** A store on disk and an account of so many volumes, each with a row but for the orphans. */
export class Fleet implements AsyncDisposable {
  readonly #cloud: ChildProcess;
  readonly #directory: string;
  readonly #store: Store;
  readonly #tools: ReconcileTools;
  readonly #time: {aheadMs: number};

  static async open({volumes, orphans}: {volumes: number; orphans: number}): Promise<Fleet> {
    const cloud = fork(join(import.meta.dirname, 'cloud.ts'), {stdio: 'inherit'});
    const {url} = await answerOf(cloud, 'listening');
    const directory = mkdtempSync(join(tmpdir(), 'inventiv-bench-'));
    const time = {aheadMs: 0};
    const clock: Clock = {
      nowMs: () => Date.now() + time.aheadMs,
      sleep: durationMs => new Promise(resolve => setTimeout(resolve, durationMs)),
    };
    const ids = randomIds(clock);
    const migrationsDir = join(packageRoot(), 'migrations');
    const store = await openSqliteStore({path: join(directory, 'bench.db'), migrationsDir, clock, ids});
    const keys = {accessKey: DEFAULT_ACCESS_KEY, secretKey: DEFAULT_TOKEN, projectId: DEFAULT_PROJECT};
    const provider = createScalewayProvider({credentials: async () => keys, apiUrl: url, clock, ids});
    const {instances, catalog, events} = store;
    const tools = {instances, catalog, events, store, clock, ids, providerFor: () => provider};
    const fleet = new Fleet({cloud, directory, store, tools, time});
    await fleet.#fill(volumes - orphans, orphans);
    return fleet;
  }

  private constructor(parts: {
    cloud: ChildProcess;
    directory: string;
    store: Store;
    tools: ReconcileTools;
    time: {aheadMs: number};
  }) {
    this.#cloud = parts.cloud;
    this.#directory = parts.directory;
    this.#store = parts.store;
    this.#tools = parts.tools;
    this.#time = parts.time;
  }

  pass(): Promise<ReconcileReport> {
    return reconcile(this.#tools, {
      ...{provider: 'scaleway', kinds: ['volume'], zones: [zone], dryRun: false, maxDeletes: 100_000},
      ...{graceMs: graceMsDefault, organizationId: null, call: {correlationId: 'cor_bench'}},
    });
  }

  /** Lets the quarantine go by. */
  wait(): void {
    this.#time.aheadMs += 2 * graceMsDefault;
  }

  async takeCalls(): Promise<{calls: readonly string[]; left: number}> {
    ask(this.#cloud, {kind: 'calls'});
    return answerOf(this.#cloud, 'calls');
  }

  async #fill(known: number, orphans: number): Promise<void> {
    const {organization} = await this.#store.organizations.ensureDefault({userName: 'bench'});
    const nowMs = this.#tools.clock.nowMs();
    for (let done = 0; done < known; done += volumesPerInstance) {
      const instance = someInstance({
        ...{id: this.#tools.ids.next('instance'), organizationId: organization.id, name: `fleet-${done}`},
        ...{provider: 'scaleway', zone, state: 'ready', stateSinceMs: nowMs, createdAtMs: nowMs},
      });
      await this.#store.instances.create({instance, resources: [], actions: [], reason: 'bench'});
      const volumes = Array.from({length: Math.min(volumesPerInstance, known - done)}, (_, number) => ({
        name: `inventiv-fleet-${done + number}`,
        tags: resourceTags(instance),
      }));
      const providerIds = await this.#create(volumes);
      await this.#store.instances.record({
        ...{instanceId: instance.id, correlationId: 'cor_bench'},
        resources: providerIds.map((providerId, number) => ({
          kind: 'insert',
          resource: newResource(
            instance,
            {
              ...{id: this.#tools.ids.next('resource'), kind: 'volume', status: 'attached', providerId},
              ...{name: volumes[number]?.name ?? providerId, providerType: 'sbs_volume', sizeBytes: 100 * gb},
            },
            nowMs,
          ),
        })),
      });
    }

    const tags = ['inventiv', `inventiv-organization=${organization.id}`];
    await this.#create(Array.from({length: orphans}, (_, number) => ({name: `inventiv-stray-${number}`, tags})));
    await this.takeCalls();
  }

  async #create(volumes: readonly {name: string; tags: readonly string[]}[]): Promise<readonly string[]> {
    ask(this.#cloud, {kind: 'fill', zone, volumes});
    return (await answerOf(this.#cloud, 'filled')).ids;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#cloud, 'exit');
    this.#cloud.disconnect();
    await ended;
    await this.#store[Symbol.asyncDispose]();
    rmSync(this.#directory, {recursive: true});
  }
}

function ask(cloud: ChildProcess, request: CloudRequest): void {
  cloud.send(request);
}

async function answerOf<Kind extends CloudAnswer['kind']>(
  cloud: ChildProcess,
  kind: Kind,
): Promise<Extract<CloudAnswer, {kind: Kind}>> {
  const [answer] = (await once(cloud, 'message')) as [CloudAnswer];
  if (answer.kind !== kind) throw new Error(`expected ${kind} from the cloud, got ${answer.kind}`);
  return answer as Extract<CloudAnswer, {kind: Kind}>;
}
